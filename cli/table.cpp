#include "cli/table.h"

#include <algorithm>

namespace cli {

namespace {

using contracts::Json;

// The limit for every cell of a row except the last, which may be long and is shown whole.
constexpr std::size_t kCellCharacters = 60;
constexpr std::size_t kWhole = std::string::npos;

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

// The length of the character that `text` begins with, if a terminal would act on it instead of
// showing it: a control character (C0 or C1), a line or paragraph separator, or a character that
// changes the text's direction. 0: any other character.
std::size_t control_at(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
    if (byte(0) == 0xc2) return byte(1) >= 0x80 && byte(1) < 0xa0 ? 2 : 0;
    if (byte(0) == 0xd8) return byte(1) == 0x9c ? 2 : 0;  // U+061C, the Arabic mark
    if (byte(0) != 0xe2) return 0;
    const bool marks = byte(1) == 0x80 && (byte(2) == 0x8e || byte(2) == 0x8f);   // LRM, RLM
    const bool turns = byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae;     // U+2028..202E
    const bool isolates = byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9;  // U+2066..2069
    return marks || turns || isolates ? 3 : 0;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

std::string padded(std::string text, std::size_t width) {
    const std::size_t have = characters(text);
    if (have < width) text.append(width - have, ' ');
    return text;
}

std::string cell(const Json& value, std::size_t limit) {
    if (value.is_null()) return "-";
    if (value.is_string()) return for_terminal(value.get_ref<const std::string&>(), limit);
    if (value.is_array()) {
        std::string list;
        for (const Json& item : value)
            list.append(list.empty() ? "" : ",").append(cell(item, limit));
        return list.empty() ? "-" : for_terminal(list, limit);
    }
    return for_terminal(contracts::dump_json(value), limit);
}

std::string heading(std::string_view column) {
    std::string text(column);
    for (char& c : text)
        c = c == '_' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return text;
}

std::vector<std::string_view> columns_of(const Outcome& outcome) {
    if (!outcome.columns.empty()) return outcome.columns;
    std::vector<std::string_view> columns;
    for (const Json& row : outcome.data) {
        if (!row.is_object()) continue;
        for (const auto& [name, value] : row.get_ref<const Json::object_t&>())
            if (std::ranges::find(columns, name) == columns.end()) columns.push_back(name);
    }
    return columns;
}

// The colour class of a status: ended well, ended badly, in progress.
Colour colour_of(std::string_view column, std::string_view text) {
    constexpr std::string_view kWell[] = {"active", "completed", "resolved", "success"};
    constexpr std::string_view kIll[] = {"failed", "cancelled", "missing", "unreachable", "open"};
    if (column != "status") return Colour::none;
    if (std::ranges::find(kWell, text) != std::end(kWell)) return Colour::green;
    if (std::ranges::find(kIll, text) != std::end(kIll)) return Colour::red;
    return Colour::yellow;
}

std::string rows(const Outcome& outcome, Paint paint) {
    const std::vector<std::string_view> columns = columns_of(outcome);
    std::vector<std::vector<std::string>> lines(1);
    for (const std::string_view column : columns)
        lines.front().push_back(heading(column));
    for (const Json& row : outcome.data) {
        std::vector<std::string>& line = lines.emplace_back();
        for (const std::string_view column : columns)
            line.push_back(cell(row.is_object() ? row.value(std::string(column), Json()) : row,
                                column == columns.back() ? kWhole : kCellCharacters));
    }
    std::string text;
    std::vector<std::size_t> widths(columns.size(), 0);
    for (const auto& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i)
            widths[i] = std::max(widths[i], characters(line[i]));
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            const Colour colour =
                &line == &lines.front() ? Colour::bold : colour_of(columns[i], line[i]);
            text += painted(line[i], colour, paint);
            if (i + 1 < line.size()) text.append(widths[i] + 2 - characters(line[i]), ' ');
        }
        text += '\n';
    }
    return text;
}

// Objects created together ({"project": …, "task": …}) each get a section with their name.
std::string fields(const Json& object, Paint paint, std::size_t indent = 0) {
    std::size_t width = 0;
    for (const auto& [name, value] : object.items())
        width = std::max(width, characters(name));
    std::string text;
    for (const auto& [name, value] : object.items()) {
        text.append(indent, ' ');
        if (value.is_object() && !value.empty() && indent == 0) {
            text.append(painted(name, Colour::bold, paint)).append("\n");
            text.append(fields(value, paint, 2));
            continue;
        }
        const std::string shown = cell(value, kWhole);
        text.append(painted(padded(name, width + 2), Colour::bold, paint))
            .append(painted(shown, colour_of(name, shown), paint))
            .append("\n");
    }
    return text;
}

}  // namespace

std::string table(const Outcome& outcome, Paint paint) {
    std::string text;
    if (outcome.data.is_array() && !outcome.data.empty())
        text = rows(outcome, paint);
    else if (outcome.data.is_object())
        text = fields(outcome.data, paint);
    if (!outcome.message.empty()) text.append(outcome.message).append("\n");
    if (!outcome.next_cursor.empty())
        text.append("next page: --cursor ").append(outcome.next_cursor).append("\n");
    return text;
}

std::string for_terminal(std::string_view text, std::size_t limit) {
    std::string line;
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (begins_character(text[i]) && count++ == limit) return line.append("…");
        const std::size_t control = control_at(text.substr(i));
        line += control > 0 ? ' ' : text[i];
        i += std::max<std::size_t>(control, 1);
    }
    return line;
}

}  // namespace cli
