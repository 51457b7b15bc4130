// Input of a person or an agent, checked before any of it is sent. Every failure is `invalid` and
// names the field.
#pragma once

#include "contracts/base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

inline constexpr std::size_t kMaxIdentifier = 255;  // as contracts::kIdentifier
inline constexpr std::size_t kMaxSpecBytes = 1 << 20;

// Only letters, digits and . _ : @ -, at most 255: it becomes a segment of a path, a header, or a
// part of a key.
[[nodiscard]] contracts::Result<void> check_identifier(std::string_view field,
                                                       std::string_view value);

// UTF-8 without NUL, which JSON and both databases store unchanged.
[[nodiscard]] contracts::Result<void> check_text(std::string_view field, std::string_view value);

[[nodiscard]] contracts::Result<std::int64_t> parse_number(std::string_view field,
                                                           std::string_view value, std::int64_t low,
                                                           std::int64_t high);

// Splits "backend,frontend"; an error names an empty or repeated entry by position, "modules[1]".
[[nodiscard]] contracts::Result<std::vector<std::string>> split_list(std::string_view field,
                                                                     std::string_view value);

// The whole file, or `stdin_fd` if `path` is "-"; fails if it is longer than kMaxSpecBytes.
[[nodiscard]] contracts::Result<std::string> read_spec_file(const std::string& path, int stdin_fd);

// The same for any field and limit.
[[nodiscard]] contracts::Result<std::string> read_text_file(std::string_view field,
                                                            const std::string& path, int stdin_fd,
                                                            std::size_t limit);

}  // namespace cli
