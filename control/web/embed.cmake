# Builds the page's files into the room.
set(directory "${CMAKE_SOURCE_DIR}/control/web/page")
set(script "${CMAKE_SOURCE_DIR}/control/web/write_page.cmake")
set(output "${CMAKE_BINARY_DIR}/generated/web_page.cpp")
file(GLOB files CONFIGURE_DEPENDS "${directory}/*")
add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" -DDIRECTORY=${directory} -DOUTPUT=${output} -P "${script}"
    DEPENDS ${files} "${script}"
    COMMENT "Embedding the web page" VERBATIM)
target_sources(orch_control_web PRIVATE "${output}")
