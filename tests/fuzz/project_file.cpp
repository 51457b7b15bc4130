// A `.project.yml` of an untrusted repository.
#include "control/project_file/project_file.h"
#include "tests/fuzz/target.h"

using contracts::ErrorKind;
using fuzz::require;

namespace {

bool one_line(const std::string& command) {
    for (const char c : command)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
    return true;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const auto file = control::read_project_file(text);
    if (!file) {
        require(file.error().kind == ErrorKind::invalid, "a wrong file is the author's fault");
        require(file.error().field == control::kProjectFileName, "a refusal names the file");
        require(text.size() > control::kMaxProjectFile || file.error().message.starts_with("line "),
                "a refusal says where");
        return 0;
    }
    for (const std::string* command : {&file->setup, &file->test, &file->run})
        require(one_line(*command), "a command is one line");
    require(file->health.starts_with('/'), "health is a path");
    const auto written = control::write_project_file(*file);
    require(written.has_value(), "what was read can be written");
    const auto again = control::read_project_file(*written);
    require(again && *again == *file, "what was written reads back");
    return 0;
}
