# cmake -DDIRECTORY=page -DOUTPUT=x.cpp -P write_page.cmake
# Writes the files as a C++ table. A file of another kind stops the build.
cmake_minimum_required(VERSION 3.25)
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")
file(GLOB files "${DIRECTORY}/*")
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME)
    get_filename_component(kind "${file}" LAST_EXT)
    string(SUBSTRING "${kind}" 1 -1 kind)
    if(NOT DEFINED type_${kind})
        message(FATAL_ERROR "${file}: a page has html, css, js and svg")
    endif()
    file(READ "${file}" text)
    string(FIND "${text}" ")page\"" end)
    if(NOT end EQUAL -1)
        message(FATAL_ERROR "${file}: it may not contain )page\"")
    endif()
    # A literal has a greatest length, and neighbours are one.
    string(LENGTH "${text}" left)
    set(literals "")
    while(left GREATER 0)
        string(SUBSTRING "${text}" 0 8000 piece)
        string(APPEND literals "R\"page(${piece})page\"\n")
        string(LENGTH "${piece}" taken)
        string(SUBSTRING "${text}" ${taken} -1 text)
        string(LENGTH "${text}" left)
    endwhile()
    string(APPEND rows "    {\"${name}\", \"${type_${kind}}\", ${literals}},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"control/web/page.h\"

namespace control::web {

namespace {

constexpr StaticFile kFiles[] = {
${rows}};

}  // namespace

std::span<const StaticFile> page_files() {
    return kFiles;
}

}  // namespace control::web
")
