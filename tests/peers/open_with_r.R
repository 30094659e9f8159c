# metrics.csv as R reads it: every column a number, every step once, evaluations in rows of their own.
run <- commandArgs(trailingOnly = TRUE)[1]
rows <- read.csv(file.path(run, "metrics.csv"), check.names = FALSE)

# A column without any value is logical.
stopifnot("a column is not numeric" = sapply(rows, function(x) is.numeric(x) || all(is.na(x))))

steps <- rows[!is.na(rows$loss), ]
stopifnot(
  "not every step once, in order" = identical(steps$step, 1:4),
  "a loss is not positive" = steps$loss > 0,
  "the running loss is missing" = !is.na(steps[["ema/loss"]])
)

evaluations <- rows[!is.na(rows[["eval/accuracy"]]), ]
stopifnot(
  "not the two evaluations" = identical(evaluations$step, c(2L, 4L)),
  "an accuracy is none" = evaluations[["eval/accuracy"]] >= 0 & evaluations[["eval/accuracy"]] <= 1
)

# What is not finite, and what is missing.
odd <- read.csv(text = "step,loss\n1,nan\n2,inf\n3,-inf\n4,\n5,1e-06\n")
stopifnot("R no longer reads what is not finite" =
  identical(odd$loss, c(NaN, Inf, -Inf, NA, 1e-06)))
cat(nrow(rows), "rows,", ncol(rows), "columns, all numeric\n")
