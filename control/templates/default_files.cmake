# cmake -DDIRECTORY=default -DOUTPUT=x.cpp -P default_files.cmake
# Writes the text files of the default template as a C++ table.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE files RELATIVE "${DIRECTORY}" "${DIRECTORY}/*")
list(SORT files)
file(WRITE "${OUTPUT}" "#include \"control/templates/default_template.h\"

namespace control {

namespace {

constexpr TemplateFile kDefaultTemplate[] = {
")
foreach(name IN LISTS files)
    file(READ "${DIRECTORY}/${name}" text)
    # One at a time: a list of CMake's would be split at the semicolons of a file.
    file(APPEND "${OUTPUT}" "    {\"${name}\", R\"file(${text})file\"},\n")
endforeach()
file(APPEND "${OUTPUT}" "};

}  // namespace

std::span<const TemplateFile> default_template() {
    return kDefaultTemplate;
}

}  // namespace control
")
