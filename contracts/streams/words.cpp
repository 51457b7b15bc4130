#include "contracts/streams/words.h"

namespace contracts {

OwnedCommand words(std::initializer_list<std::string_view> texts) {
    return OwnedCommand(texts.begin(), texts.end());
}

void add_words(OwnedCommand& command, std::initializer_list<std::string_view> texts) {
    command.insert(command.end(), texts.begin(), texts.end());
}

}  // namespace contracts
