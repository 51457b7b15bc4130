#include "control/yaml/yaml_events.h"

#include <yaml.h>
#include <algorithm>
#include <set>
#include <vector>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kQuoteIt =
    "put a text with special characters into single quotes, and indent with spaces";

YamlPlace place_of(const yaml_mark_t& mark) {
    return {.line = mark.line + 1, .column = mark.column + 1};
}

std::string words_of(YamlPlace place) {
    return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

// The place of a byte; needed if libyaml cannot decode the text and has counted no characters yet.
YamlPlace place_at(std::string_view text, std::size_t offset) {
    YamlPlace place;
    for (const char c : text.substr(0, std::min(offset, text.size()))) {
        if (c == '\n') {
            ++place.line;
            place.column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
            ++place.column;
        }
    }
    return place;
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// How many of the lines first..last (counted from 0) are not blank.
std::size_t lines_with_text(std::string_view text, std::size_t first, std::size_t last) {
    std::size_t count = 0;
    for (std::size_t line = 0; line <= last && !text.empty(); ++line) {
        const std::string_view one = text.substr(0, text.find('\n'));
        if (line >= first && !is_blank(one)) ++count;
        text.remove_prefix(std::min(one.size() + 1, text.size()));
    }
    return count;
}

struct Event {
    yaml_event_t raw{};
    Event() = default;
    ~Event() { yaml_event_delete(&raw); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
};

std::string_view text_of(const yaml_char_t* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// A tag that leaves the scalar's text as it is.
bool is_text_tag(const yaml_char_t* tag) {
    const std::string_view name = text_of(tag);
    return name.empty() || name == "!" || name == YAML_STR_TAG;
}

}  // namespace

Error yaml_error(YamlPlace place, std::string_view what, std::string_view next_step) {
    return Error{.kind = ErrorKind::invalid,
                 .message = words_of(place) + ": " + std::string(what),
                 .next_step = std::string(next_step)};
}

struct YamlReader::Parser {
    explicit Parser(std::string_view document) : text(document) {
        if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
        if (yaml_parser_initialize(&raw) == 0) return;
        made = true;
        // Otherwise the first two bytes could turn it into UTF-16.
        yaml_parser_set_encoding(&raw, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&raw, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size());
    }
    ~Parser() {
        if (made) yaml_parser_delete(&raw);
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    struct Level {
        bool is_map = false;
        bool wants_key = true;
        std::set<std::string, std::less<>> keys{};
    };

    Error syntax_error() const;
    Result<void> note_value(YamlEvent& event);
    Result<YamlEvent> translate(const yaml_event_t& event);
    Result<YamlEvent> scalar(const yaml_event_t& event);
    Result<YamlEvent> begin(YamlKind kind, YamlPlace place);
    YamlEvent close(YamlKind kind, YamlPlace place);

    std::string_view text;
    yaml_parser_t raw{};
    bool made = false;
    bool ended = false;
    std::size_t documents = 0;
    std::vector<Level> levels;
};

Error YamlReader::Parser::syntax_error() const {
    if (raw.error == YAML_MEMORY_ERROR) return Error{ErrorKind::transient, "out of memory"};
    const std::string problem = raw.problem == nullptr ? "is not YAML" : raw.problem;
    if (raw.error == YAML_READER_ERROR)
        return yaml_error(place_at(text, raw.problem_offset), problem,
                          "save the file as UTF-8 text");
    std::string what = problem;
    if (raw.context != nullptr) {
        what.append(" ").append(raw.context);
        if (raw.context_mark.line != raw.problem_mark.line)
            what.append(" that begins at ").append(words_of(place_of(raw.context_mark)));
    }
    return yaml_error(place_of(raw.problem_mark), what, kQuoteIt);
}

// In a map, keys and values alternate.
Result<void> YamlReader::Parser::note_value(YamlEvent& event) {
    if (levels.empty() || !levels.back().is_map) return {};
    Level& level = levels.back();
    event.is_key = level.wants_key;
    level.wants_key = !level.wants_key;
    if (!event.is_key) return {};
    if (event.kind != YamlKind::scalar)
        return fail(yaml_error(event.begin, "a key must be a name", "write `name: value`"));
    if (!level.keys.insert(event.text).second)
        return fail(yaml_error(event.begin, "the key `" + event.text + "` appears twice",
                               "keep one of them"));
    return {};
}

Result<YamlEvent> YamlReader::Parser::scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    YamlEvent made{.kind = YamlKind::scalar, .begin = place_of(event.start_mark)};
    made.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    made.tagged = !is_text_tag(scalar.tag);
    const yaml_mark_t& start = event.start_mark;
    const yaml_mark_t& end = event.end_mark;
    switch (scalar.style) {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
            made.style = YamlStyle::quoted;
            break;
        case YAML_LITERAL_SCALAR_STYLE:
            made.style = YamlStyle::literal;
            break;
        case YAML_FOLDED_SCALAR_STYLE:
            made.style = YamlStyle::folded;
            break;
        default:
            break;
    }
    if (made.style == YamlStyle::literal || made.style == YamlStyle::folded) {
        // A block ends at the beginning of the line after it; its own first line is the one with
        // the mark.
        const std::size_t last = end.column == 0 && end.line > 0 ? end.line - 1 : end.line;
        made.several_lines = lines_with_text(text, start.line + 1, last) > 1;
    } else {
        made.several_lines = end.line > start.line;
    }
    if (Result<void> noted = note_value(made); !noted) return noted.fault();
    return made;
}

Result<YamlEvent> YamlReader::Parser::begin(YamlKind kind, YamlPlace place) {
    YamlEvent made{.kind = kind, .begin = place};
    if (Result<void> noted = note_value(made); !noted) return noted.fault();
    if (levels.size() >= kMaxDepth)
        return fail(yaml_error(place, "is nested too deeply",
                               "at most " + std::to_string(kMaxDepth) + " levels are read"));
    levels.push_back({.is_map = kind == YamlKind::map_begin});
    return made;
}

YamlEvent YamlReader::Parser::close(YamlKind kind, YamlPlace place) {
    if (!levels.empty()) levels.pop_back();
    return YamlEvent{.kind = kind, .begin = place};
}

Result<YamlEvent> YamlReader::Parser::translate(const yaml_event_t& event) {
    const YamlPlace place = place_of(event.start_mark);
    const auto anchored = [&](const yaml_char_t* anchor) {
        return fail(yaml_error(
            place,
            "has the anchor `" + std::string(text_of(anchor)) + "`, and anchors are not allowed",
            "write the value itself"));
    };
    switch (event.type) {
        case YAML_SCALAR_EVENT:
            if (event.data.scalar.anchor != nullptr) return anchored(event.data.scalar.anchor);
            return scalar(event);
        case YAML_SEQUENCE_START_EVENT:
            if (event.data.sequence_start.anchor != nullptr)
                return anchored(event.data.sequence_start.anchor);
            return begin(YamlKind::list_begin, place);
        case YAML_MAPPING_START_EVENT:
            if (event.data.mapping_start.anchor != nullptr)
                return anchored(event.data.mapping_start.anchor);
            return begin(YamlKind::map_begin, place);
        case YAML_SEQUENCE_END_EVENT:
            return close(YamlKind::list_end, place);
        case YAML_MAPPING_END_EVENT:
            return close(YamlKind::map_end, place);
        default:  // an alias; events that frame the document do not get here
            return fail(yaml_error(place,
                                   "refers to `" + std::string(text_of(event.data.alias.anchor)) +
                                       "`, and aliases are not allowed",
                                   "write the value itself"));
    }
}

YamlReader::YamlReader(std::string_view text) : parser_(std::make_unique<Parser>(text)) {}
YamlReader::~YamlReader() = default;

Result<YamlEvent> YamlReader::next() {
    Parser& parser = *parser_;
    if (!parser.made) return fail(ErrorKind::transient, "out of memory");
    while (!parser.ended) {
        Event event;
        if (yaml_parser_parse(&parser.raw, &event.raw) == 0) return fail(parser.syntax_error());
        switch (event.raw.type) {
            case YAML_NO_EVENT:
            case YAML_STREAM_END_EVENT:
                parser.ended = true;
                break;
            case YAML_STREAM_START_EVENT:
            case YAML_DOCUMENT_END_EVENT:
                break;
            case YAML_DOCUMENT_START_EVENT:
                if (++parser.documents > 1)
                    return fail(yaml_error(place_of(event.raw.start_mark),
                                           "a second document begins here", "keep one document"));
                break;
            default:
                return parser.translate(event.raw);
        }
    }
    return YamlEvent{};
}

Result<void> YamlReader::skip(const YamlEvent& first) {
    std::size_t open = first.kind == YamlKind::list_begin || first.kind == YamlKind::map_begin;
    while (open > 0) {
        Result<YamlEvent> event = next();
        if (!event) return event.fault();
        if (event->kind == YamlKind::list_begin || event->kind == YamlKind::map_begin) ++open;
        if (event->kind == YamlKind::list_end || event->kind == YamlKind::map_end) --open;
        if (event->kind == YamlKind::end) return {};
    }
    return {};
}

}  // namespace control
