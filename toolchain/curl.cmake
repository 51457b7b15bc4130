# CURL::libcurl: curl from deps.lock, cut down to an HTTPS client, for all programs. Over mbedTLS, also from deps.lock,
# in the static ones; over the system's OpenSSL everywhere else. Both are built from their source lists with a
# configuration of ours, so nothing is probed.
if(ORCH_STATIC)
    orch_dependency(mbedtls mbedtls_source)
    file(GLOB mbedtls_files "${mbedtls_source}/library/*.c")
    add_library(mbedtls STATIC EXCLUDE_FROM_ALL ${mbedtls_files})
    target_include_directories(mbedtls SYSTEM PUBLIC "${mbedtls_source}/include")
    target_include_directories(mbedtls PRIVATE "${mbedtls_source}/library")
    target_compile_definitions(mbedtls PUBLIC
        "MBEDTLS_CONFIG_FILE=\"${CMAKE_CURRENT_LIST_DIR}/mbedtls/mbedtls_config.h\"")
    target_compile_options(mbedtls PRIVATE -w)
    set(tls mbedtls)
    set(backend USE_MBEDTLS)
else()
    find_package(OpenSSL REQUIRED)
    set(tls OpenSSL::SSL)
    set(backend USE_OPENSSL)
endif()

orch_dependency(curl curl_source)
file(GLOB curl_files "${curl_source}/lib/*.c" "${curl_source}/lib/curlx/*.c" "${curl_source}/lib/vauth/*.c"
     "${curl_source}/lib/vtls/*.c" "${curl_source}/lib/vquic/*.c" "${curl_source}/lib/vssh/*.c")
add_library(curl STATIC EXCLUDE_FROM_ALL ${curl_files})
add_library(CURL::libcurl ALIAS curl)
target_include_directories(curl SYSTEM INTERFACE "${curl_source}/include")
target_include_directories(curl PRIVATE
    "${CMAKE_CURRENT_LIST_DIR}/curl" "${curl_source}/include" "${curl_source}/lib")
target_compile_definitions(curl PUBLIC CURL_STATICLIB PRIVATE HAVE_CONFIG_H BUILDING_LIBCURL _GNU_SOURCE ${backend})
target_compile_options(curl PRIVATE -w)
target_link_libraries(curl PRIVATE ${tls} Threads::Threads)
