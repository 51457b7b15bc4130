# Builds the text of playbooks/ into the room.
set(directory "${CMAKE_SOURCE_DIR}/control/provision/playbooks")
set(script "${CMAKE_SOURCE_DIR}/control/provision/playbook_files.cmake")
set(output "${CMAKE_BINARY_DIR}/generated/playbooks.cpp")
file(GLOB_RECURSE files CONFIGURE_DEPENDS "${directory}/*.yml" "${directory}/*.py" "${directory}/*.cfg")
add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" -DDIRECTORY=${directory} -DOUTPUT=${output} -P "${script}"
    DEPENDS ${files} "${script}" COMMENT "Embedding the playbooks" VERBATIM)
target_sources(orch_control_provision PRIVATE "${output}")
