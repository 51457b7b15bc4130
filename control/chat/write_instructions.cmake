# cmake -DSOURCE=instructions.md -DOUTPUT=x.cpp -P write_instructions.cmake
# Writes the file as a C++ text.
cmake_minimum_required(VERSION 3.25)
file(READ "${SOURCE}" text)
string(FIND "${text}" ")md\"" end)
if(NOT end EQUAL -1)
    message(FATAL_ERROR "${SOURCE}: it may not contain )md\"")
endif()
file(WRITE "${OUTPUT}" "#include \"control/chat/prompt.h\"

namespace control::chat {

std::string_view built_in_instructions() {
    return R\"md(${text})md\";
}

}  // namespace control::chat
")
