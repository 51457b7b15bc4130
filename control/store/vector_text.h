// A vector as a text that the store can hold: four hexadecimal digits a number, in steps of 1/32767
// of its length.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// Empty when it has no length, or contains something that is not a number.
[[nodiscard]] std::string vector_text(const std::vector<float>& vector);
// Of length 1, nearly. Nothing: the text is not one of ours.
[[nodiscard]] std::optional<std::vector<float>> vector_of(std::string_view text);
// Of vectors of length 1: their cosine.
[[nodiscard]] float product(const std::vector<float>& one, const std::vector<float>& other);

}  // namespace control
