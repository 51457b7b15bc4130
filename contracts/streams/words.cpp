#include "contracts/streams/words.h"

namespace contracts {

OwnedCommand words(std::initializer_list<std::string_view> texts) {
    return OwnedCommand(texts.begin(), texts.end());
}

void add_words(OwnedCommand& command, std::initializer_list<std::string_view> texts) {
    command.insert(command.end(), texts.begin(), texts.end());
}

std::vector<OwnedCommand> in_transaction(std::vector<OwnedCommand> commands) {
    std::vector<OwnedCommand> all;
    all.reserve(commands.size() + 2);
    all.push_back(words({"MULTI"}));
    for (OwnedCommand& command : commands)
        all.push_back(std::move(command));
    all.push_back(words({"EXEC"}));
    return all;
}

}  // namespace contracts
