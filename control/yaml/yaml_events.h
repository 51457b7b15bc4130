// One YAML document, event by event: the only file that knows libyaml.
//
// No tree is built, so nothing in the text can unfold into more than the text itself. Anchors,
// aliases, a key that appears twice in one map, keys that are not text, a second document and deep
// nesting are refused here for every caller. Failure: `invalid`; the message begins with the line
// and the column, both counted from 1, columns in characters. Ownership: `text` is borrowed until
// the reader is destroyed. Thread: one at a time.
#pragma once

#include "contracts/base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace control {

struct YamlPlace {
    std::size_t line = 1;
    std::size_t column = 1;
};

enum class YamlKind { scalar, list_begin, list_end, map_begin, map_end, end };
enum class YamlStyle { plain, quoted, literal, folded };  // of a scalar

struct YamlEvent {
    YamlKind kind = YamlKind::end;
    YamlPlace begin;
    bool is_key = false;
    // Of a scalar.
    std::string text{};
    YamlStyle style = YamlStyle::plain;
    bool tagged = false;         // any tag except !!str
    bool several_lines = false;  // its text covers more than one line of the document
};

// `invalid`, with the place before `what`.
[[nodiscard]] contracts::Error yaml_error(YamlPlace place, std::string_view what,
                                          std::string_view next_step);

class YamlReader {
public:
    explicit YamlReader(std::string_view text);
    ~YamlReader();
    YamlReader(const YamlReader&) = delete;
    YamlReader& operator=(const YamlReader&) = delete;

    // The document's next event; after the last, always `end`. An empty document is a plain scalar
    // without text, or has no event at all. After a failure: do not call it again.
    [[nodiscard]] contracts::Result<YamlEvent> next();
    // Reads to the end of the value that begins with `first`.
    [[nodiscard]] contracts::Result<void> skip(const YamlEvent& first);

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace control
