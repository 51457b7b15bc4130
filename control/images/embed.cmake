# Builds the text of images/ into the room.
set(directory "${CMAKE_SOURCE_DIR}/images")
set(script "${CMAKE_SOURCE_DIR}/control/images/sources.cmake")
set(output "${CMAKE_BINARY_DIR}/generated/image_sources.cpp")
file(GLOB files CONFIGURE_DEPENDS "${directory}/*.dockerfile")
add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" -DDIRECTORY=${directory} -DOUTPUT=${output} -P "${script}"
    DEPENDS ${files} "${directory}/install-packages" "${directory}/agents.lock" "${script}"
    COMMENT "Embedding the fragments of images/" VERBATIM)
target_sources(orch_control_images PRIVATE "${output}")
