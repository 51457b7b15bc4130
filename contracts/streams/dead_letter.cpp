#include "contracts/streams/dead_letter.h"

#include "contracts/fields/write.h"
#include "contracts/messages/dead_letter.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/words.h"

namespace contracts {

namespace {

Json original_of(const Entry& entry) {
    const std::string& bytes = entry.raw.empty() ? entry.data : entry.raw;
    if (Result<Json> document = parse_json(bytes); document && document->is_object())
        return std::move(*document);
    return bytes;
}

}  // namespace

std::vector<OwnedCommand> refuse_commands(const Entry& entry, std::string_view group,
                                          std::string_view service, const Error& reason,
                                          Timestamp now) {
    DeadLetter letter;
    letter.original_message = original_of(entry);
    letter.error_context.error = reason.describe();
    letter.error_context.timestamp = now;
    letter.error_context.service = service;
    letter.error_context.attempts = entry.deliveries;
    letter.error_context.stream = entry.stream;
    letter.error_context.entry_id = entry.id;
    const std::string letters = names::dead_letters(entry.stream);
    return {publish_command(letters, format_message(std::move(letter))),
            expire_command(letters, names::kDeadLetterTtl),
            words({"XACK", entry.stream, group, entry.id})};
}

}  // namespace contracts
