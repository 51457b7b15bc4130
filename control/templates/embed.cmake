# Builds the text of default/ into the room.
set(directory "${CMAKE_SOURCE_DIR}/control/templates/default")
set(script "${CMAKE_SOURCE_DIR}/control/templates/default_files.cmake")
set(output "${CMAKE_BINARY_DIR}/generated/default_template.cpp")
file(GLOB_RECURSE files CONFIGURE_DEPENDS "${directory}/*")
add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" -DDIRECTORY=${directory} -DOUTPUT=${output} -P "${script}"
    DEPENDS ${files} "${script}" COMMENT "Embedding the default project template" VERBATIM)
target_sources(orch_control_templates PRIVATE "${output}")
