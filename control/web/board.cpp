#include "control/web/board.h"

namespace control::web {

std::shared_ptr<Topic> Board::topic(const std::string& token, const std::string& path) {
    std::weak_ptr<Topic>& place = topics[{token, path}];
    std::shared_ptr<Topic> topic = place.lock();
    if (!topic) {
        topic = std::make_shared<Topic>(Topic{token, path, {}, {}});
        place = topic;
    }
    return topic;
}

std::vector<std::shared_ptr<Watcher>> Board::living() {
    std::vector<std::shared_ptr<Watcher>> all;
    for (const std::weak_ptr<Watcher>& one : watchers)
        if (auto watcher = one.lock()) all.push_back(std::move(watcher));
    return all;
}

void Board::forget_the_gone() {
    std::erase_if(watchers, [](const auto& one) { return one.expired(); });
    std::erase_if(topics, [](const auto& one) { return one.second.expired(); });
}

namespace {

// "a.b.c" with as many parts as there are topics; anything else is not a position.
std::vector<std::string> places_of(std::string_view id, std::size_t count) {
    std::vector<std::string> places;
    while (true) {
        const std::size_t dot = std::min(id.find('.'), id.size());
        places.emplace_back(id.substr(0, dot));
        if (dot == id.size()) break;
        id.remove_prefix(dot + 1);
    }
    if (places.size() != count) places.assign(count, {});
    return places;
}

}  // namespace

Watcher::Watcher(std::shared_ptr<Board> board, std::string session,
                 std::vector<std::shared_ptr<Topic>> topics, std::string_view last_id)
    : board_(std::move(board)),
      session_(std::move(session)),
      topics_(std::move(topics)),
      seen_(places_of(last_id, topics_.size())) {}

bool Watcher::is_behind() const {
    if (ended_ || board_->closed) return true;
    for (std::size_t i = 0; i < topics_.size(); ++i)
        if (!topics_[i]->digest.empty() && topics_[i]->digest != seen_[i]) return true;
    return false;
}

void Watcher::wake() const {
    if (wake_) wake_();
}

void Watcher::listen(std::function<void()> wake) {
    const std::lock_guard lock(board_->guard);
    wake_ = std::move(wake);
}

std::optional<ServerEvent> Watcher::next_event() {
    const std::lock_guard lock(board_->guard);
    if (ended_) {
        if (std::exchange(told_end_, true)) return std::nullopt;
        return ServerEvent{.name = "ended", .data = "{}"};
    }
    if (board_->closed) return std::nullopt;
    for (std::size_t i = 0; i < topics_.size(); ++i) {
        const Topic& topic = *topics_[i];
        if (topic.digest.empty() || topic.digest == seen_[i]) continue;
        seen_[i] = topic.digest;
        ServerEvent event{.name = "answer",
                          .data = "{\"watch\":" + std::to_string(i) + ',' + *topic.text + '}'};
        for (const std::string& place : seen_)
            event.id.append(event.id.empty() && &place == &seen_.front() ? "" : ".").append(place);
        return event;
    }
    return std::nullopt;
}

bool Watcher::is_over() const {
    const std::lock_guard lock(board_->guard);
    return ended_ || board_->closed;
}

}  // namespace control::web
