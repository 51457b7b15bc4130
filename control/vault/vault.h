// Protects texts from anybody who can read the store: sealed with XChaCha20-Poly1305 under a key
// that lies in a file beside it. Each sealed text is bound to its place (its owner and its name)
// and opens nowhere else; a text that was changed in any way does not open at all.
//
// The key is held in memory that is locked, guarded and wiped. Plain texts, before sealing and
// after opening, are wiped by their owner, with `wipe`. Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace control {

// Overwrites the text with zeros, in a way that no optimiser removes, and empties it.
void wipe(std::string& text);

class Vault {
public:
    // Reads the key: 32 bytes in a regular file that only its owner may read. Failure: `not_found`
    // if the file does not exist, else `fatal`; both name the file and say what to do.
    [[nodiscard]] static contracts::Result<Vault> open_key(const std::string& path);
    // The same after creating the file, completely or not at all, with a new key. An existing file
    // stays as it is.
    [[nodiscard]] static contracts::Result<Vault> make_key(const std::string& path);

    // A text that a database can hold: the key's number, a random nonce and the sealed bytes, as
    // base64. The same plain text sealed twice gives two texts.
    [[nodiscard]] std::string seal(std::string_view plain, std::string_view place) const;
    // Fails with `fatal`, and reveals nothing about the content, if the text was changed, or was
    // sealed for another place or under another key.
    [[nodiscard]] contracts::Result<std::string> open(std::string_view sealed,
                                                      std::string_view place) const;

private:
    struct Forget {
        void operator()(unsigned char* key) const;
    };
    using Key = std::unique_ptr<unsigned char, Forget>;

    explicit Vault(Key key) : key_(std::move(key)) {}
    [[nodiscard]] static contracts::Result<Key> fresh_key();

    Key key_;
};

}  // namespace control
