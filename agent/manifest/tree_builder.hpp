// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/yaml_tree.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace envkeep::manifest {

// Makes a tree from what a parser meets, in its order. Depth and aliases without bound become a
// fault; after the first fault all is ignored.
class TreeBuilder {
  public:
    explicit TreeBuilder(const SourceText& source) { tree_.source = &source; }

    // How a node was written: byte position of its first character, tag and anchor included.
    struct Origin {
        std::uint32_t position = 0;
        std::string_view tag;    // "?" none, "!" quoted text
        std::size_t anchor = 0;  // 0: none
    };

    void add_null(const Origin& origin);
    void add_text(const Origin& origin, std::string_view value);
    void add_alias(std::uint32_t position, std::size_t anchor);
    void open(const Origin& origin, NodeKind kind, bool is_flow);
    void close();
    void add_node(const TreeNode& node);  // a finished one

    void fail(Fault fault);

    [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

    // The index of the next node.
    [[nodiscard]] std::uint32_t next() const {
        return static_cast<std::uint32_t>(tree_.nodes.size());
    }

    [[nodiscard]] const Tree& tree() const { return tree_; }

    // The node that was opened and not closed last; none at the top.
    [[nodiscard]] const TreeNode* innermost() const;

    // The last quoted text that went over several lines: often a forgotten quote.
    [[nodiscard]] std::optional<std::uint32_t> long_quote() const { return long_quote_; }

    // Closes what is open and gives the tree away.
    [[nodiscard]] Tree finish();

  private:
    struct Anchored {
        std::uint32_t node = 0;
        std::uint64_t weight_before = 0;
        std::uint64_t weight = 0;  // nodes, aliases counted as what they stand for
        bool is_open = false;
    };

    bool accepts(const Origin& origin);
    std::uint32_t push(const Origin& origin, NodeKind kind);
    void remember(std::size_t anchor, std::uint32_t node, bool is_open);
    std::uint32_t skip_properties(const Origin& origin) const;

    struct Open {
        std::uint32_t node = 0;
        std::size_t anchor = 0;
    };

    Tree tree_;
    std::vector<Open> open_;
    std::map<std::size_t, Anchored> anchors_;
    std::uint64_t weight_ = 0;
    std::uint64_t from_aliases_ = 0;
    std::optional<std::uint32_t> long_quote_;
    std::optional<Fault> fault_;
};

// One past the end of the quoted text that begins at `position`; none if it is never closed.
[[nodiscard]] std::optional<std::uint32_t> end_of_quoted(std::string_view text,
                                                         std::uint32_t position);

}  // namespace envkeep::manifest
