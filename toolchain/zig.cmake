# CMake toolchain file: static musl programs with the clang, libc++ and musl of a pinned zig.
# ORCH_ARCH chooses the machine they run on: x86_64 (default) or aarch64.
include("${CMAKE_CURRENT_LIST_DIR}/lock.cmake")
if(NOT ORCH_ARCH)
    set(ORCH_ARCH x86_64)
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ORCH_ARCH ORCH_BUILD_TESTS ORCH_DEPS_DIR ORCH_DEPS_LOCK)

string(TOLOWER "zig-${CMAKE_HOST_SYSTEM_NAME}-${CMAKE_HOST_SYSTEM_PROCESSOR}" zig_name)
# The scripts carry the pinned zig and this file in their path: another of either is another compiler to CMake and ccache.
file(STRINGS "${ORCH_DEPS_LOCK}" zig_line REGEX "^${zig_name}\t")
file(SHA256 "${CMAKE_CURRENT_LIST_FILE}" this_file)
string(SHA256 zig_key "${zig_line}${this_file}")
string(SUBSTRING "${zig_key}" 0 12 zig_key)
set(tools "${ORCH_DEPS_DIR}/zig-tools/${zig_key}-${ORCH_ARCH}")
if(NOT EXISTS "${tools}/ready")
    orch_dependency(${zig_name} zig_source)
    file(GLOB_RECURSE zig "${zig_source}/zig")
    set(caches "ZIG_GLOBAL_CACHE_DIR='${ORCH_DEPS_DIR}/zig-cache'")
    string(APPEND caches " ZIG_LOCAL_CACHE_DIR=\"\${ZIG_LOCAL_CACHE_DIR:-${ORCH_DEPS_DIR}/zig-cache}\"")
    foreach(tool cc c++)
        file(WRITE "${tools}/${tool}"
             "#!/bin/sh\n${caches} exec '${zig}' ${tool} -target ${ORCH_ARCH}-linux-musl \"$@\"\n")
    endforeach()
    foreach(tool ar ranlib objcopy ld.lld)
        file(WRITE "${tools}/${tool}" "#!/bin/sh\n${caches} exec '${zig}' ${tool} \"$@\"\n")
    endforeach()
    file(CHMOD "${zig}" "${tools}/cc" "${tools}/c++" "${tools}/ar" "${tools}/ranlib" "${tools}/objcopy" "${tools}/ld.lld"
         PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    file(TOUCH "${tools}/ready")
endif()

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR "${ORCH_ARCH}")
set(CMAKE_C_COMPILER "${tools}/cc")
set(CMAKE_CXX_COMPILER "${tools}/c++")
set(CMAKE_AR "${tools}/ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "${tools}/ranlib" CACHE FILEPATH "")
set(CMAKE_FIND_ROOT_PATH "${tools}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "")

# Test executables throw and catch, and need to be neither small nor hardened.
if(ORCH_BUILD_TESTS)
    set(CMAKE_C_FLAGS_INIT "-Os")
    set(CMAKE_CXX_FLAGS_INIT "-Os")
    set(CMAKE_EXE_LINKER_FLAGS_INIT "-s")
    return()
endif()

# -Os belongs to the link too: without it zig links a libc and libc++ made for debugging. The compiler proper
# is told -Oz, which zig's driver does not know: the link-time optimiser then inlines a fifth less.
# Frame pointers, which zig keeps, would be a fiftieth of the programs, and nothing unwinds them.
set(size "-Os -Xclang -Oz -flto -fomit-frame-pointer -ffunction-sections -fdata-sections")
set(hardening "-fPIE -fstack-protector-strong -ftrivial-auto-var-init=zero")
# Nothing of ours throws or catches, and no_unwinding.cpp ends the program where the C++ library would throw.
set(tables "-fno-unwind-tables -fno-asynchronous-unwind-tables")
set(CMAKE_C_FLAGS_INIT "${size} ${hardening} ${tables}")
set(CMAKE_CXX_FLAGS_INIT "${size} ${hardening} ${tables} -fno-exceptions -fno-rtti -U_LIBCPP_HARDENING_MODE -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST")
# Large buffers are not zeroed before they are read into: that would touch all of their pages.
string(APPEND CMAKE_CXX_FLAGS_INIT " -ftrivial-auto-var-init-max-size=256")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -s")
foreach(language C CXX)
    set(CMAKE_${language}_FLAGS_MINSIZEREL_INIT "-DNDEBUG")
endforeach()
