// Process state that a plugin changes, and what it leaves behind after it is destroyed.
#include "process_watch.hpp"
#include "raw_run.hpp"

namespace trainbus::cli {
namespace {

std::string joined(const std::vector<std::string>& phrases) {
  std::string text;
  for (const std::string& phrase : phrases) text += (text.empty() ? "" : ", ") + phrase;
  return text;
}

// Gathers sentences: "create changed the locale".
class Findings {
 public:
  void add(const std::string& who, const std::string& did, const std::vector<std::string>& what) {
    if (!what.empty()) text_ += (text_.empty() ? "" : "; ") + who + did + joined(what);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

void nothing_changed_or_left_behind(const RawSubject& subject) {
  ProcessWatch watch;
  Findings findings;
  {
    RawRun run(subject);
    findings.add("create", " changed ", watch.changes());
    RawRun::short_run([&](testing::EventBuilder builder) {
      const tb_event& event = builder.build();
      run.publish(event);
      const std::string step = event.step > 0 ? " of step " + std::to_string(event.step) : "";
      findings.add(std::string(view(event.name)) + step, " changed ", watch.changes());
    });
    run.destroy();
    findings.add("destroy", " changed ", watch.changes());
  }
  findings.add("destroy", " left ", watch.leftovers());
  if (!findings.text().empty()) throw std::runtime_error(findings.text());
}

}  // namespace trainbus::cli
