// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/store/session_state.hpp"
#include "envkeep/system/files.hpp"

#include <map>
#include <string>
#include <string_view>

namespace envkeep::keep {

using SniffedFiles = std::map<std::string, store::SessionState::Sniffed>;

// What ssh-keygen calls a private key.
[[nodiscard]] bool is_key_name(std::string_view name);

// Tells private keys by their first bytes. A file that is as it was when it was last read is not
// read again.
class KeyFinder {
  public:
    KeyFinder(const store::SessionState* state, system::FileReader& files)
        : state_(state), files_(files) {}

    [[nodiscard]] Result<bool> is_key(const system::Place& place, const system::Status& status);

    // All answers, for the session state.
    [[nodiscard]] SniffedFiles take() { return std::move(sniffed_); }

  private:
    const store::SessionState* state_;
    system::FileReader& files_;
    SniffedFiles sniffed_;
};

// A file that nobody wrote to since. The change time tells what keeps size and modification time.
[[nodiscard]] bool is_unchanged(const system::Status& before, const system::Status& now);

}  // namespace envkeep::keep
