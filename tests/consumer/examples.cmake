# The framework user's examples, built and run from the install tree; part of check.cmake.
set(own_model "${SCRATCH}/own_model")
set(own_optimizer "${SCRATCH}/own_optimizer")
file(REMOVE_RECURSE "${own_model}" "${own_optimizer}")
build_project("${EXAMPLES}/own_model" "${own_model}")
build_project("${EXAMPLES}/own_optimizer" "${own_optimizer}")

# A model and data of one's own learn, and the run's folder holds what its plugins write.
set(folder "${own_model}/run")
run("${own_model}/own_model" "${EXAMPLES}/own_model/spirals.ini" --run-dir "${folder}")
if(NOT output MATCHES "test accuracy: ([0-9.]+) % before, ([0-9.]+) % after"
   OR CMAKE_MATCH_1 GREATER 60 OR CMAKE_MATCH_2 LESS 90)
  message(FATAL_ERROR "own_model should rise from about 50 % to more than 90 %, and printed:\n${output}")
endif()
file(STRINGS "${folder}/metrics.csv" rows)
list(LENGTH rows row_count)
file(GLOB events "${folder}/events.out.tfevents.*")
if(row_count LESS 4001 OR NOT events OR NOT EXISTS "${folder}/run.json")
  message(FATAL_ERROR "own_model should leave run.json, an event file and a row a step, found "
    "${row_count} rows and '${events}' in ${folder}")
endif()

# Killed half-way and called again, it ends with the very model of the run that nothing happened to.
set(killed "${own_model}/killed")
file(WRITE "${own_model}/kill.sh"
  "'${own_model}/own_model' '${EXAMPLES}/own_model/spirals.ini' --run-dir '${killed}' &
  until [ -d '${killed}/checkpoints/step-00001000' ]; do sleep 0.01; done
  kill -9 $!; ! wait $!")
run(bash "${own_model}/kill.sh")
if(EXISTS "${killed}/model/model.safetensors")
  message(FATAL_ERROR "own_model should have been killed before its end")
endif()
run("${own_model}/own_model" "${EXAMPLES}/own_model/spirals.ini" --run-dir "${killed}")
foreach(model model best-model)
  file(SHA256 "${folder}/${model}/model.safetensors" expected)
  file(SHA256 "${killed}/${model}/model.safetensors" found)
  if(NOT found STREQUAL expected)
    message(FATAL_ERROR "${model} of the run that was killed should be that of the other one")
  endif()
endforeach()

# The installed launcher trains with its own optimizer,
run("${prefix}/bin/trainbus" train --task mlp --threads 1 --max-steps 5 --run-dir "${own_model}/run-mezo")

# probes without any plugin,
run("${prefix}/bin/trainbus" probe --task mlp --threads 1)

# and trains with an optimizer of somebody else's.
set(zo_sign "${own_optimizer}/zo_sign.so")
run("${prefix}/bin/trainbus" plugins show "${zo_sign}")
run("${prefix}/bin/trainbus" train --task mlp --plugin "${zo_sign}" --threads 1 --max-steps 50
  --run-dir "${own_optimizer}/run")
if(NOT output MATCHES "50 steps of zo_sign" OR NOT output MATCHES "end: +completed")
  message(FATAL_ERROR "50 steps of zo_sign should be completed, and this was printed:\n${output}")
endif()
