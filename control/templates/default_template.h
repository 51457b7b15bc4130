// The template in default/, as it was when this program was built.
#pragma once

#include "contracts/base/result.h"

#include <span>
#include <string>
#include <string_view>

namespace control {

struct TemplateFile {
    std::string_view path;  // below the template: "template/Makefile.jinja"
    std::string_view text;
};

[[nodiscard]] std::span<const TemplateFile> default_template();

// Writes all of it below `directory`, which exists. Everybody may read what is written.
[[nodiscard]] contracts::Result<void> write_default_template(const std::string& directory);

}  // namespace control
