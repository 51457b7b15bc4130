# Builds instructions.md into the room.
set(source "${CMAKE_SOURCE_DIR}/control/chat/instructions.md")
set(script "${CMAKE_SOURCE_DIR}/control/chat/write_instructions.cmake")
set(output "${CMAKE_BINARY_DIR}/generated/chat_instructions.cpp")
add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" -DSOURCE=${source} -DOUTPUT=${output} -P "${script}"
    DEPENDS "${source}" "${script}"
    COMMENT "Embedding the Product Owner's instructions" VERBATIM)
target_sources(orch_control_chat PRIVATE "${output}")
