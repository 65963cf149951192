// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <span>
#include <string>
#include <string_view>

namespace envkeep::cli {

// What `envkeep help TOPIC` tells beside the commands.
struct Topic {
    std::string_view name;
    std::string_view title;  // lower case, no full stop
    std::string_view text;   // lines of 80 columns at most; empty where it is made of tables
};

[[nodiscard]] std::span<const Topic> all_topics();

[[nodiscard]] bool is_topic(std::string_view word);

// The text, or what is made of tables; empty of "man". Begins with a line's end.
[[nodiscard]] std::string topic_body(const Topic& topic);

// Title and text; of "man" the manual page, which is read by `man`. It must be a topic.
[[nodiscard]] std::string topic_text(std::string_view name);

// Usage: neither a topic nor a command, and what was probably meant.
[[nodiscard]] Error unknown_topic(std::string_view word);

}  // namespace envkeep::cli
