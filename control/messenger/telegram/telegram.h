// The chat's messenger in Telegram: a pool of bots, each read by long polling, and one sender.
//
// A person is answered by the bot that the person wrote to, in a private chat; groups and channels
// are not supported. Answers and progress are agents' Markdown (formatting.h), the rest is plain. A
// reply is considered shown when it is in the store; the sender continues from there. Only one
// instance may run for a bot (../led_post.h ensures it).
#pragma once

#include "control/http/client.h"
#include "control/messenger/messenger.h"
#include "control/store/database.h"

namespace control::telegram {

struct TelegramNeeds {
    Database& database;
    HttpClient& client;
    const contracts::Clock& clock;
    contracts::Log log;
    std::string api_url{"https://api.telegram.org"};
    std::vector<std::string> tokens{};     // at least one, without duplicates
    std::chrono::milliseconds gap{1'000};  // between two messages of a chat
};

[[nodiscard]] std::unique_ptr<Messenger> make_telegram(TelegramNeeds needs);

}  // namespace control::telegram
