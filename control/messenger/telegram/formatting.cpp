#include "control/messenger/telegram/formatting.h"

#include "control/messenger/telegram/inline_marks.h"
#include "control/messenger/telegram/utf16.h"

#include <algorithm>

namespace control::telegram {

using View = std::u16string_view;

namespace {

constexpr std::size_t kLongestLanguage = 32;
constexpr View kLineBlanks = u" \t\r\n";

struct Fence {
    char16_t mark = u'`';
    std::size_t length = 0;  // 0: none
    std::string language{};
};

View without_indent(View line) {
    return line.substr(std::min(line.find_first_not_of(u" \t"), line.size()));
}

bool is_language(char16_t c) {
    return is_word(c) || c == u'+' || c == u'#' || c == u'-' || c == u'_' || c == u'.';
}

Fence fence_at(View line) {
    line = without_indent(line);
    if (line.empty() || (line.front() != u'`' && line.front() != u'~')) return {};
    const char16_t mark = line.front();
    const std::size_t length = std::min(line.find_first_not_of(mark), line.size());
    View rest = without_indent(line.substr(length));
    // `code` at the start of a line is not a fence.
    if (length < 3 || rest.find(mark) != View::npos) return {};
    std::string language;
    for (const char16_t c : rest) {
        if (c >= 0x80 || !is_language(c) || language.size() == kLongestLanguage) break;
        language += static_cast<char>(c);
    }
    return {mark, length, std::move(language)};
}

bool closes(const Fence& fence, View line) {
    line = without_indent(line);
    const std::size_t length = std::min(line.find_first_not_of(fence.mark), line.size());
    return length >= fence.length && line.find_first_not_of(kLineBlanks, length) == View::npos;
}

// The text of a heading; empty if the line is not one.
View heading_at(View line) {
    const std::size_t level = std::min(line.find_first_not_of(u'#'), line.size());
    if (level == 0 || level > 6 || level == line.size() || line[level] != u' ') return {};
    return without_indent(line.substr(level));
}

class Blocks {
public:
    explicit Blocks(View rest) : rest_(rest) {}

    FormattedText read() {
        while (!rest_.empty()) {
            const View line = next_line();
            const Fence fence = fence_at(line);
            const View heading = heading_at(line);
            if (fence.length == 0 && heading.empty()) {
                paragraph_ = View(paragraph_.empty() ? line.data() : paragraph_.data(),
                                  paragraph_.size() + line.size());
                // An empty line closes all marks.
                if (line.find_first_not_of(kLineBlanks) == View::npos) end_paragraph();
                continue;
            }
            end_paragraph();
            if (fence.length > 0)
                read_fenced(fence);
            else
                read_heading(heading);
        }
        end_paragraph();
        return out_.take();
    }

private:
    // Includes the line's end.
    View next_line() {
        const std::size_t end = rest_.find(u'\n');
        const View line = rest_.substr(0, end == View::npos ? end : end + 1);
        rest_.remove_prefix(line.size());
        return line;
    }

    void end_paragraph() { read_marks(std::exchange(paragraph_, {}), out_); }

    void read_heading(View heading) {
        const std::size_t end = heading.find_last_not_of(u"\r\n");
        out_.open(Style::bold);
        read_marks(heading.substr(0, end + 1), out_);
        out_.close(Style::bold);
        out_.text(heading.substr(end + 1));
    }

    // If the end is missing, the block extends to the end of the text.
    void read_fenced(const Fence& fence) {
        const char16_t* begin = rest_.data();
        std::size_t length = 0;
        bool closed = false;
        while (!rest_.empty() && !closed) {
            const View line = next_line();
            closed = closes(fence, line);
            if (!closed) length += line.size();
        }
        View content(begin, length);
        const bool ends_line = content.ends_with(u'\n');
        if (ends_line) content.remove_suffix(1);
        out_.enclosed(Style::pre, content, fence.language);
        if (ends_line) out_.text(u"\n");
    }

    View rest_;
    View paragraph_{};
    EntityWriter out_;
};

}  // namespace

std::string_view to_text(Style style) {
    constexpr std::string_view kNames[] = {"bold", "italic", "strikethrough",
                                           "code", "pre",    "text_link"};
    return kNames[static_cast<std::size_t>(style)];
}

FormattedText format_markdown(std::string_view markdown) {
    const std::u16string text = to_utf16(markdown);
    return Blocks(text).read();
}

FormattedText format_plain(std::string_view text) {
    return {to_utf16(text)};
}

}  // namespace control::telegram
