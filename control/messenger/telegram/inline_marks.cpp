#include "control/messenger/telegram/inline_marks.h"

#include "control/messenger/telegram/utf16.h"

#include <algorithm>
#include <map>
#include <utility>

namespace control::telegram {

using View = std::u16string_view;

namespace {

constexpr std::size_t kLongestUrl = 2048;

enum class MarkKind { text, emphasis, code, link_begin, link_end };

struct Mark {
    MarkKind kind = MarkKind::text;
    View source{};   // the text to write if the mark has no partner
    View content{};  // only for code
    Style style = Style::bold;
    bool has_partner = false;
    bool opens = false;
    std::string url{};
};

bool is_blank(char16_t c) {
    return c == u' ' || c == u'\t' || c == u'\n' || c == u'\r';
}

bool is_ascii_word(char16_t c) {
    return c < 0x80 && is_word(c);
}

bool is_web_url(View url) {
    for (const View scheme : {View(u"https://"), View(u"http://")})
        if (url.starts_with(scheme)) return url.size() > scheme.size();
    return false;
}

// First finds the marks, then writes them, because only the paragraph's end shows which of them
// have partners.
class Paragraph {
public:
    explicit Paragraph(View text) : text_(text) {
        for (std::size_t at = text_.find(u'`'); at != View::npos; at = text_.find(u'`', at)) {
            const std::size_t end = std::min(text_.find_first_not_of(u'`', at), text_.size());
            ticks_[end - at].push_back(at);
            at = end;
        }
    }

    void write(EntityWriter& out) {
        while (at_ < text_.size())
            read_one();
        for (Mark& mark : marks_)
            write_one(mark, out);
    }

private:
    void read_one() {
        switch (text_[at_]) {
            case u'\\':
                return read_escaped();
            case u'`':
                return read_code();
            case u'*':
            case u'~':
                return read_emphasis();
            case u'[':
                brackets_.push_back(marks_.size());
                return add({.kind = MarkKind::link_begin, .source = take(1)});
            case u']':
                return read_bracket_end();
            default:
                const std::size_t end = text_.find_first_of(u"\\`*~[]", at_);
                return add({.source = take(std::min(end, text_.size()) - at_)});
        }
    }

    View take(std::size_t count) {
        const View taken = text_.substr(at_, count);
        at_ += taken.size();
        return taken;
    }
    void add(Mark mark) { marks_.push_back(std::move(mark)); }

    void read_escaped() {
        constexpr View kEscapable = u"\\*~[]#_";
        if (at_ + 1 < text_.size() && kEscapable.find(text_[at_ + 1]) != View::npos) ++at_;
        add({.source = take(1)});
    }

    // Extends from a run of backticks to the next one of the same length.
    void read_code() {
        const std::size_t length = std::min(text_.find_first_not_of(u'`', at_), text_.size()) - at_;
        const std::vector<std::size_t>& runs = ticks_[length];
        const auto partner = std::ranges::upper_bound(runs, at_);
        if (partner == runs.end()) return add({.source = take(length)});
        View content = text_.substr(at_ + length, *partner - at_ - length);
        const bool padded = content.size() > 2 && content.front() == u' ' &&
                            content.back() == u' ' && content.find_first_not_of(u' ') != View::npos;
        if (padded) content = content.substr(1, content.size() - 2);
        at_ = *partner + length;
        add({.kind = MarkKind::code, .content = content});
    }

    void read_emphasis() {
        const char16_t mark = text_[at_];
        const std::size_t begin = at_;
        const View run = take(std::min(text_.find_first_not_of(mark, at_), text_.size()) - at_);
        const char16_t before = begin > 0 ? text_[begin - 1] : u' ';
        const char16_t after = at_ < text_.size() ? text_[at_] : u' ';
        // "2*3*4" and "a**b**c" are not emphasis.
        const bool in_a_word = is_ascii_word(before) && is_ascii_word(after);
        const bool opens = !is_blank(after) && !in_a_word;
        const bool closes = !is_blank(before) && !in_a_word;
        const bool known = mark == u'~' ? run.size() == 2 : run.size() <= 3;
        if (!known || (!opens && !closes)) return add({.source = run});
        if (mark == u'~') return pair(Style::strikethrough, run, opens, closes);
        if (run.size() == 1) return pair(Style::italic, run, opens, closes);
        if (run.size() == 2) return pair(Style::bold, run, opens, closes);
        // Three marks: the inner style ends first.
        if (closes && open_count(Style::italic) > 0) {
            pair(Style::italic, run.substr(0, 1), opens, closes);
            return pair(Style::bold, run.substr(1), opens, closes);
        }
        pair(Style::bold, run.substr(0, 2), opens, closes);
        pair(Style::italic, run.substr(2), opens, closes);
    }

    int& open_count(Style style) { return open_counts_[static_cast<std::size_t>(style)]; }

    void pair(Style style, View source, bool opens, bool closes) {
        if (closes && open_count(style) > 0) {
            while (marks_[open_.back()].style != style)
                drop_open();
            const std::size_t opener = open_.back();
            marks_[opener].has_partner = true;
            drop_open();
            // A style that begins outside of a link does not end inside it.
            while (!brackets_.empty() && brackets_.back() > opener)
                brackets_.pop_back();
            add({.kind = MarkKind::emphasis,
                 .source = source,
                 .style = style,
                 .has_partner = true});
            return;
        }
        if (opens) {
            open_.push_back(marks_.size());
            ++open_count(style);
        }
        add({.kind = MarkKind::emphasis, .source = source, .style = style, .opens = true});
    }

    void drop_open() {
        --open_count(marks_[open_.back()].style);
        open_.pop_back();
    }

    void read_bracket_end() {
        if (brackets_.empty()) return add({.source = take(1)});
        const std::size_t begin = brackets_.back();
        brackets_.pop_back();
        const View url = url_after_bracket();
        if (!is_web_url(url)) return add({.source = take(1)});
        // A style is either inside the link or around it.
        while (!open_.empty() && open_.back() > begin)
            drop_open();
        brackets_.clear();  // links cannot be nested
        marks_[begin].has_partner = marks_[begin].opens = true;
        marks_[begin].url = to_utf8(url);
        take(url.size() + 3);
        add({.kind = MarkKind::link_end, .has_partner = true});
    }

    // The URL of "](url)"; empty if the text here has another form.
    [[nodiscard]] View url_after_bracket() const {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != u'(') return {};
        const std::size_t begin = at_ + 2;
        int depth = 0;
        for (std::size_t i = begin; i < text_.size() && i - begin <= kLongestUrl; ++i) {
            const char16_t c = text_[i];
            if (c <= u' ' || c == u'[' || c == u']' || c == u'<' || c == u'>') return {};
            if (c == u'(') ++depth;
            if (c == u')' && depth-- == 0) return text_.substr(begin, i - begin);
        }
        return {};
    }

    static void write_one(Mark& mark, EntityWriter& out) {
        // Telegram does not support code inside a link.
        if (mark.kind == MarkKind::code && out.in_link()) return out.text(mark.content);
        if (mark.kind == MarkKind::code) return out.enclosed(Style::code, mark.content);
        if (!mark.has_partner || mark.kind == MarkKind::text) return out.text(mark.source);
        if (mark.kind == MarkKind::link_begin) return out.open_link(std::move(mark.url));
        if (mark.kind == MarkKind::link_end) return out.close_link();
        if (mark.opens) return out.open(mark.style);
        out.close(mark.style);
    }

    View text_;
    std::size_t at_ = 0;
    std::map<std::size_t, std::vector<std::size_t>> ticks_;  // runs of backticks, by their length
    std::vector<Mark> marks_;
    std::vector<std::size_t> open_;  // styles without an end yet
    int open_counts_[6] = {};        // how many of these are open, by Style
    std::vector<std::size_t> brackets_;
};

}  // namespace

void read_marks(View paragraph, EntityWriter& out) {
    Paragraph(paragraph).write(out);
}

}  // namespace control::telegram
