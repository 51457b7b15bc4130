# cmake -DDIRECTORY=... -DDIALECT=sqlite -DOUTPUT=x.cpp -P embed.cmake
# Writes the migrations of one dialect as a C++ table. Two files of one number, or a name that is not
# NNNN_words.sql, stop the build.
cmake_minimum_required(VERSION 3.25)
file(GLOB files "${DIRECTORY}/*.sql")
list(SORT files)
set(rows "")
set(numbers "")
foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+$")
        message(FATAL_ERROR "${file}: a migration is named NNNN_words.sql")
    endif()
    if(CMAKE_MATCH_1 IN_LIST numbers)
        message(FATAL_ERROR "${file}: another migration has the number ${CMAKE_MATCH_1}; take the next one")
    endif()
    list(APPEND numbers "${CMAKE_MATCH_1}")
    string(REGEX REPLACE "^0+" "" number "${CMAKE_MATCH_1}")
    file(READ "${file}" sql)
    string(APPEND rows "    {${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"control/store/migrations/migration.h\"

namespace control {

namespace {

constexpr Migration ${DIALECT}_steps[] = {
${rows}};

}  // namespace

std::span<const Migration> ${DIALECT}_migrations() {
    return ${DIALECT}_steps;
}

}  // namespace control
")
