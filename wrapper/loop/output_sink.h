// Receives a program's output as it arrives, in pieces of any size.
#pragma once

#include <string_view>

namespace wrapper {

class OutputSink {
public:
    virtual ~OutputSink() = default;
    virtual void output(std::string_view bytes) = 0;
    virtual void errors(std::string_view bytes) = 0;
};

}  // namespace wrapper
