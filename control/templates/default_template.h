// The template in default/, as of the build of this program.
#pragma once

#include "contracts/base/result.h"

#include <span>
#include <string>
#include <string_view>

namespace control {

struct TemplateFile {
    std::string_view path;  // relative to the template: "template/Makefile.jinja"
    std::string_view text;
};

[[nodiscard]] std::span<const TemplateFile> default_template();

// Writes all of it below `directory`, which exists. The files are readable by everybody.
[[nodiscard]] contracts::Result<void> write_default_template(const std::string& directory);

}  // namespace control
