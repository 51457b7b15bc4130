# A room is a folder with code: one static library, and one executable with its unit tests.
# DEPS name other rooms (contracts_base) or imported libraries (hiredis::hiredis).

# Most of a small file's compile time is its headers, so files of one room are compiled ORCH_BATCH at a time.
# 1 compiles each file on its own over a precompiled header: slower for a whole build, quicker for one changed file.
# 0 is for tools that read the compile commands: each file on its own, and nothing precompiled.
set(ORCH_BATCH 8 CACHE STRING "source files of one room that are compiled together; 1 or 0: each on its own")

add_library(orch_own_code INTERFACE)
target_include_directories(orch_own_code INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(orch_own_code INTERFACE -Wall -Wextra -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++-12 reports a false overlap inside std::string (its bug 105651).
    target_compile_options(orch_own_code INTERFACE -Wno-restrict)
    if(ORCH_BATCH GREATER 1)
        # g++ takes the anonymous namespace of a file in a batch for one in a header.
        target_compile_options(orch_own_code INTERFACE -Wno-subobject-linkage)
    endif()
endif()

function(orch_expand_deps variable)
    set(targets "")
    foreach(dep IN LISTS ARGN)
        if(dep MATCHES "::")
            list(APPEND targets "${dep}")
        else()
            list(APPEND targets "orch_${dep}")
        endif()
    endforeach()
    set(${variable} "${targets}" PARENT_SCOPE)
endfunction()

# Files whose names clash with their neighbours'; every build compiles them on their own.
set(ORCH_ALONE
    tests/service/cli/program_test.cpp
    tests/integration/toolchains_test.cpp
    tests/integration/worker_stream_test.cpp
    tests/service/redis/worker_access_test.cpp
    tests/service/store/faults_test.cpp
    tests/service/streams/faults_test.cpp
    tests/service/streams/pending_test.cpp
    tests/support/docker_engine.cpp
    tests/support/postgres_server.cpp
    tests/unit/contracts_messages/older_writers_test.cpp
    tests/unit/control_api/bad_input_test.cpp
    tests/unit/control_api/keys_test.cpp
    tests/unit/control_store/postgres_test.cpp
    tests/unit/control_store/sqlite_test.cpp
    tests/unit/control_store/tokens_test.cpp
    tests/unit/toolchain/memory_test.cpp
    tests/unit/wrapper_agent/codex_test.cpp
    tests/unit/wrapper_agent/factory_test.cpp
    tests/unit/wrapper_core/settings_test.cpp)

# Compiles a target's files in batches as ORCH_BATCH says.
function(orch_batch target)
    if(ORCH_BATCH GREATER 1)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${ORCH_BATCH})
        foreach(file IN LISTS ORCH_ALONE)
            set_source_files_properties("${CMAKE_SOURCE_DIR}/${file}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
        endforeach()
    elseif(ORCH_BATCH EQUAL 1)
        target_precompile_headers(${target} PRIVATE "${CMAKE_SOURCE_DIR}/toolchain/precompiled.h")
    endif()
endfunction()

# orch_room(NAME contracts_base DIR contracts/base DEPS ... [RECURSE])
# Library orch_<NAME> from <DIR>/*.cpp without main.cpp; an INTERFACE library while there is no .cpp.
function(orch_room)
    cmake_parse_arguments(room "RECURSE" "NAME;DIR" "DEPS" ${ARGN})
    set(glob GLOB)
    if(room_RECURSE)
        set(glob GLOB_RECURSE)
    endif()
    file(${glob} sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${room_DIR}/*.cpp")
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    orch_expand_deps(deps ${room_DEPS})
    if(sources)
        add_library(orch_${room_NAME} STATIC ${sources})
        target_link_libraries(orch_${room_NAME} PUBLIC ${deps} PRIVATE orch_own_code)
        orch_batch(orch_${room_NAME})
    else()
        add_library(orch_${room_NAME} INTERFACE)
        target_link_libraries(orch_${room_NAME} INTERFACE ${deps})
    endif()
    set(recurse)
    if(room_RECURSE)
        set(recurse RECURSE)
    endif()
    orch_tests(TARGET unit_${room_NAME} DIR tests/unit/${room_NAME} LABEL unit DEPS ${room_NAME} ${recurse})
endfunction()

# orch_program(NAME orchestrator MAIN cli/main.cpp DEPS ... [LAYOUT cli/layout.ld]): an executable in build/<preset>/bin.
# LAYOUT is the linker script for static builds; with it, unwinding is left out as well.
function(orch_program)
    cmake_parse_arguments(program "" "NAME;MAIN;LAYOUT" "DEPS" ${ARGN})
    file(GLOB main CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${program_MAIN}")
    if(NOT main)
        return()
    endif()
    orch_expand_deps(deps ${program_DEPS})
    add_executable(${program_NAME} "${main}")
    target_link_libraries(${program_NAME} PRIVATE orch_own_code ${deps})
    if(ORCH_STATIC)
        target_sources(${program_NAME} PRIVATE "${CMAKE_SOURCE_DIR}/toolchain/no_unwinding.cpp"
                       "${CMAKE_SOURCE_DIR}/toolchain/heap.cpp" "${CMAKE_SOURCE_DIR}/toolchain/memory.cpp")
        set_source_files_properties("${CMAKE_SOURCE_DIR}/toolchain/heap.cpp" "${CMAKE_SOURCE_DIR}/toolchain/memory.cpp"
                                    PROPERTIES COMPILE_OPTIONS "-fno-lto;-fno-builtin;-fno-stack-protector")
        if(NOT program_LAYOUT)
            set(program_LAYOUT toolchain/no_unwind_tables.ld)
        endif()
        set(layout "${CMAKE_SOURCE_DIR}/${program_LAYOUT}")
        target_link_options(${program_NAME} PRIVATE -Wl,--no-eh-frame-hdr "-Wl,-T,${layout}")
        set(link_small "${CMAKE_SOURCE_DIR}/toolchain/link_small")
        set_target_properties(${program_NAME} PROPERTIES CXX_LINKER_LAUNCHER "${link_small}")
        set_property(TARGET ${program_NAME} APPEND PROPERTY LINK_DEPENDS "${layout}" "${link_small}")
    endif()
endfunction()

# orch_tests(TARGET unit_x DIR tests/unit/x LABEL unit DEPS ... [TIMEOUT seconds] [RECURSE])
# One executable, one ctest entry, and one more for each file that is named APART. None while the folder has no .cpp.
function(orch_tests)
    cmake_parse_arguments(tests "RECURSE" "TARGET;DIR;LABEL;TIMEOUT" "DEPS;APART" ${ARGN})
    if(NOT ORCH_BUILD_TESTS)
        return()
    endif()
    set(glob GLOB)
    if(tests_RECURSE)
        set(glob GLOB_RECURSE)
    endif()
    file(${glob} sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${tests_DIR}/*.cpp")
    if(NOT sources)
        return()
    endif()
    if(NOT tests_TIMEOUT)
        set(tests_TIMEOUT 300)
    endif()
    orch_expand_deps(deps ${tests_DEPS})
    add_executable(${tests_TARGET} ${sources})
    target_link_libraries(${tests_TARGET} PRIVATE orch_own_code ${deps} orch_test_support Catch2::Catch2WithMain)
    orch_batch(${tests_TARGET})
    # Where a test finds the programs that it starts and its checked-in files.
    target_compile_definitions(${tests_TARGET} PRIVATE
        ORCH_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}" ORCH_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    set(entries ${tests_TARGET})
    set(rest)
    foreach(file IN LISTS tests_APART)
        string(REGEX REPLACE "_test$" "" entry "${tests_TARGET}_${file}")
        add_test(NAME ${entry} COMMAND ${tests_TARGET} "-#" "[#${file}]" WORKING_DIRECTORY "${CMAKE_BINARY_DIR}")
        list(APPEND entries ${entry})
        string(APPEND rest "~[#${file}]")
    endforeach()
    add_test(NAME ${tests_TARGET} COMMAND ${tests_TARGET} "-#" ${rest} WORKING_DIRECTORY "${CMAKE_BINARY_DIR}")
    set_tests_properties(${entries} PROPERTIES LABELS "${tests_LABEL}" TIMEOUT ${tests_TIMEOUT})
endfunction()

# orch_service_tests(NAME store DEPS ... [APART ...]): executable service_<NAME> from tests/service/<NAME>/*.cpp.
function(orch_service_tests)
    cmake_parse_arguments(service "" "NAME" "DEPS;APART" ${ARGN})
    orch_tests(TARGET service_${service_NAME} DIR tests/service/${service_NAME} LABEL service
               TIMEOUT 600 DEPS ${service_DEPS} APART ${service_APART})
endfunction()
