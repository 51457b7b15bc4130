# cmake -DDIRECTORY=scripts -DOUTPUT=x.cpp -P write_scripts.cmake
# Writes the two scripts as C++ texts.
cmake_minimum_required(VERSION 3.25)
set(code "#include \"control/demo/scripts.h\"

namespace control::demo {
")
foreach(name product_owner developer)
    file(READ "${DIRECTORY}/${name}.sh" text)
    string(FIND "${text}" ")sh\"" end)
    if(NOT end EQUAL -1)
        message(FATAL_ERROR "${DIRECTORY}/${name}.sh: it may not contain )sh\"")
    endif()
    string(APPEND code "
std::string_view ${name}_script() {
    return R\"sh(${text})sh\";
}
")
endforeach()
file(WRITE "${OUTPUT}" "${code}
}  // namespace control::demo
")
