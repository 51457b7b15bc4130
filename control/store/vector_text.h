// A vector as a text that the store can hold: four hexadecimal digits per number, in steps of
// 1/32767 of its length.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// Empty if its length is zero, or it contains something that is not a number.
[[nodiscard]] std::string vector_text(const std::vector<float>& vector);
// Its length is nearly 1. Empty: the text was not written by `vector_text`.
[[nodiscard]] std::optional<std::vector<float>> vector_of(std::string_view text);
// For vectors of length 1: their cosine.
[[nodiscard]] float product(const std::vector<float>& one, const std::vector<float>& other);

}  // namespace control
