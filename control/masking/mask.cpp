#include "control/masking/mask.h"

#include "contracts/base/json.h"

#include <algorithm>

namespace control::masking {

namespace {

std::string percent_encoded(std::string_view text, bool lower) {
    const char* const digits = lower ? "0123456789abcdef" : "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') ||
                           std::string_view("-._~").find(c) != std::string_view::npos;
        if (plain)
            out += c;
        else
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return out;
}

// Without the last group: it depends on what follows, and with less than a group nothing is left.
std::string base64_stem(std::string_view text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at + 3 <= text.size(); at += 3) {
        const unsigned group = static_cast<unsigned char>(text[at]) << 16U |
                               static_cast<unsigned char>(text[at + 1]) << 8U |
                               static_cast<unsigned char>(text[at + 2]);
        for (const unsigned shift : {18U, 12U, 6U, 0U})
            out += kDigits[group >> shift & 63U];
    }
    return out;
}

void add(std::vector<std::string>& forms, std::string form) {
    if (form.size() >= kShortestMasked) forms.push_back(std::move(form));
}

// What the secret looks like in a log, the longest first so that no rest of one is left.
std::vector<std::string> forms_of(const std::vector<std::string>& secrets) {
    std::vector<std::string> forms;
    for (const std::string& secret : secrets) {
        if (secret.size() < kShortestMasked) continue;
        add(forms, secret);
        add(forms, percent_encoded(secret, false));
        add(forms, percent_encoded(secret, true));
        // JSON, without its quotation marks.
        std::string quoted = contracts::dump_json(secret);
        add(forms, quoted.substr(1, quoted.size() - 2));
        // Whatever stands before it moves it within the groups of three.
        for (std::size_t skip = 0; skip < 3 && secret.size() >= 8; ++skip)
            add(forms, base64_stem(std::string_view(secret).substr(skip)));
        for (std::size_t at = 0; at < secret.size();) {
            const std::size_t end = std::min(secret.find('\n', at), secret.size());
            add(forms, secret.substr(at, end - at));
            at = end + 1;
        }
    }
    std::ranges::sort(forms, std::ranges::greater{}, &std::string::size);
    return forms;
}

}  // namespace

Masker::Masker(const std::vector<std::string>& secrets) : forms_(forms_of(secrets)) {
    for (const std::string& secret : secrets)
        longest_ = std::max(longest_, secret.size());
}

std::string mask(std::string text, const std::vector<std::string>& secrets) {
    return Masker(secrets).mask(std::move(text));
}

std::string Masker::mask(std::string text) const {
    for (const std::string& form : forms_)
        for (std::size_t at = 0; (at = text.find(form, at)) != std::string::npos;
             at += kMask.size())
            text.replace(at, form.size(), kMask);
    return text;
}

std::string masked_tail(std::string text, const std::vector<std::string>& secrets,
                        std::size_t most) {
    text = mask(std::move(text), secrets);
    if (text.size() <= most) return text;
    text.erase(0, text.size() - most);
    // Only a line that has a rest to show goes: one endless line is better cut than gone.
    const std::size_t line = text.find('\n');
    if (line != std::string::npos && line + 1 < text.size()) text.erase(0, line + 1);
    return text;
}

}  // namespace control::masking
