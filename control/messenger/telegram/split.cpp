#include "control/messenger/telegram/split.h"

#include "control/messenger/telegram/utf16.h"

#include <algorithm>

namespace control::telegram {

namespace {

constexpr std::u16string_view kBlanks = u" \t\r\n";

// The text from `begin` on, up to the limit of one message.
class Window {
public:
    Window(const FormattedText& whole, std::size_t begin, std::size_t most)
        : text_(whole.text), begin_(begin), end_(std::min(begin + most, whole.text.size())) {
        for (const Entity& entity : whole.entities)
            if (entity.offset + entity.length > begin && entity.offset < end_)
                entities_.push_back(&entity);
        if (entities_.size() > kMostEntities)
            end_ = std::max(entities_[kMostEntities]->offset, begin + 1);
        cut_any_.resize(end_ - begin_ + 1);
        cut_whole_.resize(end_ - begin_ + 1);
        for (const Entity* entity : entities_) {
            note(cut_any_, *entity);
            if (entity->length <= most) note(cut_whole_, *entity);
        }
        for (std::size_t i = 1; i < cut_any_.size(); ++i) {
            cut_any_[i] += cut_any_[i - 1];
            cut_whole_[i] += cut_whole_[i - 1];
        }
    }

    // The position after `begin` at which to cut.
    [[nodiscard]] std::size_t cut() const {
        if (end_ == text_.size()) return end_;
        for (const auto& cuts : {&cut_any_, &cut_whole_}) {
            const bool paragraphs_too = cuts == &cut_any_;
            if (const std::size_t at = last(*cuts, u"\n\n"); at > 0 && paragraphs_too) return at;
            if (const std::size_t at = last(*cuts, u"\n"); at > 0) return at;
            if (const std::size_t at = last(*cuts, u" "); at > 0) return at;
        }
        return hard_cut();
    }

private:
    using Counts =
        std::vector<int>;  // by position, from begin_ on: how many entities a cut would go through

    void note(Counts& counts, const Entity& entity) const {
        const std::size_t from = std::max(entity.offset + 1, begin_);
        const std::size_t to = entity.offset + entity.length;
        if (from > end_) return;
        ++counts[from - begin_];
        if (to <= end_) --counts[to - begin_];
    }

    // The position after the last `gap` at which no entity of `cuts` is cut and the message is not
    // too short; 0 if there is none.
    [[nodiscard]] std::size_t last(const Counts& cuts, std::u16string_view gap) const {
        const std::size_t earliest = begin_ + (end_ - begin_) / 4;
        for (std::size_t at = end_; at > earliest && at - begin_ >= gap.size(); --at)
            if (cuts[at - begin_] == 0 && text_.substr(at - gap.size(), gap.size()) == gap)
                return at;
        return 0;
    }

    [[nodiscard]] std::size_t hard_cut() const {
        std::size_t at = end_;
        while (at > begin_ && cut_whole_[at - begin_] > 0)
            --at;
        if (at == begin_) at = end_;
        const bool in_a_pair = is_high_surrogate(text_[at - 1]) && is_low_surrogate(text_[at]);
        return in_a_pair && at - begin_ > 1 ? at - 1 : at;
    }

    std::u16string_view text_;
    std::size_t begin_;
    std::size_t end_;
    std::vector<const Entity*> entities_;
    Counts cut_any_;
    Counts cut_whole_;  // for entities that fit into one message
};

FormattedText part_of(const FormattedText& whole, std::size_t begin, std::size_t end) {
    FormattedText part{whole.text.substr(begin, end - begin)};
    for (const Entity& entity : whole.entities) {
        const std::size_t from = std::max(entity.offset, begin);
        const std::size_t to = std::min(entity.offset + entity.length, end);
        if (from < to)
            part.entities.push_back({entity.style, from - begin, to - from, entity.detail});
    }
    return part;
}

}  // namespace

std::vector<FormattedText> split(const FormattedText& text, std::size_t most) {
    std::vector<FormattedText> parts;
    for (std::size_t begin = 0; begin < text.text.size();) {
        const std::size_t end = Window(text, begin, most).cut();
        const std::u16string_view piece(text.text.data() + begin, end - begin);
        const std::size_t last = piece.find_last_not_of(kBlanks);
        if (last != std::u16string_view::npos)
            parts.push_back(part_of(text, begin, begin + last + 1));
        begin = std::min(text.text.find_first_not_of(u"\r\n", end), text.text.size());
    }
    return parts;
}

}  // namespace control::telegram
