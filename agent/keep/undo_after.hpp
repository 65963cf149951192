// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/files.hpp"
#include "keep/undo_paths.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>

namespace envkeep::keep {

// What will stand at a path once the steps planned so far were carried out.
class After {
  public:
    explicit After(Paths& paths, system::FileReader& files) : paths_(paths), files_(files) {}

    [[nodiscard]] Result<system::Seen> look(const std::string& path);
    // The place where the bytes are now that will then be at `path`; none if nothing will be there.
    [[nodiscard]] Result<std::optional<system::Place>> now_at(const std::string& path) const;
    [[nodiscard]] Result<bool> is_empty_folder(const std::string& path);

    void will_be_gone(const std::string& path) { changed_[path] = Gone{}; }

    void will_be_link(const std::string& path, const std::string& target) {
        changed_[path] = Link{target};
    }

    // What stands at `from` then (its bytes may be elsewhere now) will be at `to`.
    void will_be_moved(const std::string& from, const std::string& to);
    // The same, and it stays at `from` too.
    void will_be_copied(const std::string& from, const std::string& to);

  private:
    struct Gone {};

    struct Link {
        std::string target;
    };

    struct Bytes {
        std::string at;  // path as of now
    };

    using Change = std::variant<Gone, Link, Bytes>;

    [[nodiscard]] Change resolve(const std::string& path) const;

    Paths& paths_;
    system::FileReader& files_;
    std::map<std::string, Change> changed_;
};

}  // namespace envkeep::keep
