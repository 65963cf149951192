// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::gpu {

// Of a driver ("525.60.13"), a toolkit ("12.1"), a package ("2.5.1+cu121"): numbers between dots,
// compared in order, what is missing counting as 0. What follows the numbers does not count.
class Version {
  public:
    Version() = default;

    // None if the text does not begin with a number.
    [[nodiscard]] static std::optional<Version> parse(std::string_view text);

    [[nodiscard]] bool is_known() const { return !numbers_.empty(); }

    [[nodiscard]] unsigned major() const { return part(0); }

    [[nodiscard]] unsigned minor() const { return part(1); }

    // As it was written: "535.104.05".
    [[nodiscard]] const std::string& text() const { return text_; }

    // The first two numbers: "2.5".
    [[nodiscard]] Version release() const;

    friend std::strong_ordering operator<=>(const Version& one, const Version& other);

    friend bool operator==(const Version& one, const Version& other) {
        return (one <=> other) == std::strong_ordering::equal;
    }

  private:
    [[nodiscard]] unsigned part(std::size_t index) const {
        return index < numbers_.size() ? numbers_[index] : 0;
    }

    std::vector<unsigned> numbers_;
    std::string text_;
};

// "11.1-11.8", or one of both; compared by as many numbers as its ends have: "2.0-2.7" holds 2.7.1.
struct VersionRange {
    Version first;
    Version last;

    [[nodiscard]] static std::optional<VersionRange> parse(std::string_view text);
    [[nodiscard]] bool holds(const Version& version) const;
};

// Compute capability of a card: 7.5 for Turing. Nothing is known of {0, 0}.
struct Capability {
    unsigned major = 0;
    unsigned minor = 0;

    [[nodiscard]] static std::optional<Capability> parse(std::string_view text);

    [[nodiscard]] bool is_known() const { return major != 0; }

    [[nodiscard]] std::string text() const;

    friend bool operator==(const Capability&, const Capability&) = default;
    friend auto operator<=>(const Capability&, const Capability&) = default;
};

}  // namespace envkeep::gpu
