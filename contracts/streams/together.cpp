#include "contracts/streams/together.h"

#include "contracts/streams/words.h"

#include <algorithm>

namespace contracts {

namespace {

struct TypedKey {
    std::string_view key;
    std::string_view type;
    friend bool operator==(const TypedKey&, const TypedKey&) = default;
};

// Empty: any type will do, as for SET and DEL.
std::string_view type_for(std::string_view command) {
    if (command == "XADD" || command == "XACK") return "stream";
    if (command == "HSET") return "hash";
    if (command == "RPUSH") return "list";
    return {};
}

std::vector<TypedKey> typed_keys(std::span<const OwnedCommand> commands) {
    std::vector<TypedKey> keys;
    for (const OwnedCommand& command : commands) {
        if (command.size() < 2) continue;
        const TypedKey one{command[1], type_for(command[0])};
        if (!one.type.empty() && std::ranges::find(keys, one) == keys.end()) keys.push_back(one);
    }
    return keys;
}

Error other_type(const TypedKey& wanted, std::string_view found) {
    std::string message("is a ");
    message.append(found).append(" in Redis and must be a ").append(wanted.type);
    return Error{ErrorKind::conflict, std::move(message), std::string(wanted.key),
                 "rename or delete that key"};
}

}  // namespace

std::vector<OwnedCommand> type_questions(std::span<const OwnedCommand> commands) {
    std::vector<OwnedCommand> questions;
    OwnedCommand watch = words({"WATCH"});
    for (const TypedKey& one : typed_keys(commands)) {
        watch.emplace_back(one.key);
        questions.push_back(words({"TYPE", one.key}));
    }
    if (!questions.empty()) questions.insert(questions.begin(), std::move(watch));
    return questions;
}

Result<void> check_types(std::span<const OwnedCommand> commands, std::span<const Reply> replies) {
    for (const Reply& reply : replies) {
        if (!reply.view().is_error()) continue;
        Error error = error_of(reply.view());
        if (error.kind != ErrorKind::permission) return fail(std::move(error));
    }
    std::size_t at = 1;
    for (const TypedKey& wanted : typed_keys(commands)) {
        const ReplyView found = replies[at++].view();
        if (!found.is_error() && found.text() != wanted.type && found.text() != "none")
            return fail(other_type(wanted, found.text()));
    }
    return {};
}

Result<void> do_together(Connection& connection, std::span<const OwnedCommand> commands) {
    const std::vector<OwnedCommand> questions = type_questions(commands);
    for (int tries = 0; tries < kTogetherTries; ++tries) {
        Result<std::vector<Reply>> replies = connection.pipeline(questions);
        if (!replies) return replies.fault();
        if (Result<void> checked = check_types(commands, *replies); !checked) {
            (void)connection.command({"UNWATCH"});  // the next command reports its failure
            return checked;
        }
        Result<std::optional<Reply>> done = connection.transaction(commands);
        if (!done) return done.fault();
        if (*done) return {};
    }
    return fail(ErrorKind::transient, "the keys of a transaction kept changing while it was tried");
}

}  // namespace contracts
