// The files of images/, embedded when this program was built.
#pragma once

#include "contracts/base/result.h"

#include <span>
#include <string_view>

namespace control::images {

struct SourceFile {
    std::string_view name;  // "base.dockerfile"
    std::string_view text;
};

[[nodiscard]] std::span<const SourceFile> source_files();
// Empty if there is no such file.
[[nodiscard]] std::string_view source_file(std::string_view name);

}  // namespace control::images
