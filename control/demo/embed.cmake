# Builds the scripts of the demo's agents into the room.
set(directory "${CMAKE_SOURCE_DIR}/control/demo/scripts")
set(script "${CMAKE_SOURCE_DIR}/control/demo/write_scripts.cmake")
set(output "${CMAKE_BINARY_DIR}/generated/demo_scripts.cpp")
add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" -DDIRECTORY=${directory} -DOUTPUT=${output} -P "${script}"
    DEPENDS "${directory}/product_owner.sh" "${directory}/developer.sh" "${script}"
    COMMENT "Embedding the scripts of the demo's agents" VERBATIM)
target_sources(orch_control_demo PRIVATE "${output}")
