# cmake -DDIRECTORY=playbooks -DOUTPUT=x.cpp -P playbook_files.cmake
# Writes the playbooks and their plugin as a C++ table.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE files RELATIVE "${DIRECTORY}" "${DIRECTORY}/*.yml" "${DIRECTORY}/*.py" "${DIRECTORY}/*.cfg")
list(SORT files)
file(WRITE "${OUTPUT}" "#include \"control/provision/playbooks.h\"

namespace control::provision {

namespace {

constexpr PlaybookFile kPlaybooks[] = {
")
foreach(name IN LISTS files)
    file(READ "${DIRECTORY}/${name}" text)
    # One at a time: a list of CMake's would be split at the semicolons of a file.
    file(APPEND "${OUTPUT}" "    {\"${name}\", R\"file(${text})file\"},\n")
endforeach()
file(APPEND "${OUTPUT}" "};

}  // namespace

std::span<const PlaybookFile> playbooks() {
    return kPlaybooks;
}

}  // namespace control::provision
")
