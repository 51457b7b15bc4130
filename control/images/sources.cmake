# cmake -DDIRECTORY=images -DOUTPUT=x.cpp -P sources.cmake
# Writes the text files of images/ as a C++ table.
cmake_minimum_required(VERSION 3.25)
file(GLOB files "${DIRECTORY}/*.dockerfile" "${DIRECTORY}/install-packages" "${DIRECTORY}/agents.lock")
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME)
    file(READ "${file}" text)
    string(APPEND rows "    {\"${name}\", R\"text(${text})text\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"control/images/sources.h\"

namespace control::images {

namespace {

constexpr SourceFile kFiles[] = {
${rows}};

}  // namespace

std::span<const SourceFile> source_files() {
    return kFiles;
}

}  // namespace control::images
")
