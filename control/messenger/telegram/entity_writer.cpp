#include "control/messenger/telegram/entity_writer.h"

#include <algorithm>

namespace control::telegram {

void EntityWriter::add(std::size_t style) {
    const Open& open = open_[style];
    const std::size_t length = out_.text.size() - open.since;
    if (length > 0)
        out_.entities.push_back({static_cast<Style>(style), open.since, length, open.detail});
}

void EntityWriter::open(Style style) {
    Open& open = open_[static_cast<std::size_t>(style)];
    if (open.depth++ == 0) open.since = out_.text.size();
}

void EntityWriter::close(Style style) {
    Open& open = open_[static_cast<std::size_t>(style)];
    if (--open.depth == 0) add(static_cast<std::size_t>(style));
}

void EntityWriter::open_link(std::string url) {
    open_[static_cast<std::size_t>(Style::text_link)].detail = std::move(url);
    open(Style::text_link);
}

void EntityWriter::close_link() {
    close(Style::text_link);
}

void EntityWriter::enclosed(Style style, std::u16string_view content, const std::string& detail) {
    if (content.empty()) return;
    for (std::size_t one = 0; one < kStyles; ++one)
        if (open_[one].depth > 0) add(one);
    out_.entities.push_back({style, out_.text.size(), content.size(), detail});
    out_.text.append(content);
    for (Open& open : open_)
        open.since = out_.text.size();
}

FormattedText EntityWriter::take() {
    std::ranges::stable_sort(out_.entities, [](const Entity& a, const Entity& b) {
        return a.offset != b.offset ? a.offset < b.offset : a.length > b.length;
    });
    return std::move(out_);
}

}  // namespace control::telegram
