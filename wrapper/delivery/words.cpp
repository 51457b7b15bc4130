#include "wrapper/delivery/words.h"

namespace wrapper {

contracts::OwnedCommand words(std::initializer_list<std::string_view> texts) {
    return contracts::OwnedCommand(texts.begin(), texts.end());
}

void add_words(contracts::OwnedCommand& command, std::initializer_list<std::string_view> texts) {
    command.insert(command.end(), texts.begin(), texts.end());
}

}  // namespace wrapper
