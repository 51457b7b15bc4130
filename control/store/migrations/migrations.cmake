# Builds the migrations into the store's room.
foreach(dialect sqlite postgres)
    set(directory "${CMAKE_SOURCE_DIR}/control/store/migrations/${dialect}")
    set(script "${CMAKE_SOURCE_DIR}/control/store/migrations/embed.cmake")
    set(output "${CMAKE_BINARY_DIR}/generated/${dialect}_migrations.cpp")
    file(GLOB files CONFIGURE_DEPENDS "${directory}/*.sql")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" -DDIRECTORY=${directory} -DDIALECT=${dialect} -DOUTPUT=${output} -P "${script}"
        DEPENDS ${files} "${script}"
        COMMENT "Embedding the ${dialect} migrations" VERBATIM)
    target_sources(orch_control_store PRIVATE "${output}")
endforeach()
