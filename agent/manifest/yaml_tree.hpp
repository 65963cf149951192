// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/source_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A YAML document as a flat array of small nodes, each parent before its children. Text that stands
// in the source as it is meant is not copied.
namespace envkeep::manifest {

enum class NodeKind : std::uint8_t { null, text, list, map };

struct TreeNode {
    NodeKind kind = NodeKind::null;
    bool is_alias = false;     // `begin` is the node that is meant
    bool is_plain = false;     // text without quotes
    bool spans_lines = false;  // plain text over several lines
    bool is_flow = false;      // [ ] and { }
    bool has_tag = false;      // `!!str` and the like
    bool is_decoded = false;   // `begin` counts in Tree::decoded, not in the source
    std::uint32_t position = 0;
    std::uint32_t begin = 0;
    std::uint32_t length = 0;
    std::uint32_t end = 0;  // one past the last node below

    friend bool operator==(const TreeNode&, const TreeNode&) = default;
};

class Value;

// The source must outlive the tree.
struct Tree {
    const SourceText* source = nullptr;
    std::vector<TreeNode> nodes;
    std::string decoded;

    [[nodiscard]] std::optional<Value> root() const;
};

// A node of a tree as its reader sees it: an alias shows what it stands for, at its own place.
class Value {
  public:
    Value(const Tree& tree, std::uint32_t index) : tree_(&tree), index_(index) {}

    [[nodiscard]] NodeKind kind() const { return meant().kind; }

    [[nodiscard]] bool is_text() const { return kind() == NodeKind::text; }

    [[nodiscard]] bool is_list() const { return kind() == NodeKind::list; }

    [[nodiscard]] bool is_map() const { return kind() == NodeKind::map; }

    [[nodiscard]] bool is_null() const { return kind() == NodeKind::null; }

    [[nodiscard]] std::string_view text() const;

    [[nodiscard]] bool is_plain() const { return meant().is_plain; }

    [[nodiscard]] bool spans_lines() const { return meant().spans_lines; }

    [[nodiscard]] bool is_flow() const { return meant().is_flow; }

    [[nodiscard]] bool has_tag() const { return meant().has_tag; }

    // Where it is written, as a byte of the source.
    [[nodiscard]] std::uint32_t position() const { return node().position; }

    // The nodes just below; of a map key, value, key, value, ...
    [[nodiscard]] std::vector<Value> children() const;

    // The value of that key in a map.
    [[nodiscard]] std::optional<Value> find(std::string_view key) const;

    [[nodiscard]] const Tree& tree() const { return *tree_; }

    // Calls `visit` for each node just below.
    template <typename Visit>
    void for_each(const Visit& visit) const {
        const TreeNode& parent = meant();
        const auto begin = static_cast<std::uint32_t>(&parent - tree_->nodes.data()) + 1;
        if (parent.kind == NodeKind::list || parent.kind == NodeKind::map) {
            for (std::uint32_t at = begin; at < parent.end; at = tree_->nodes[at].end) {
                visit(Value(*tree_, at));
            }
        }
    }

  private:
    [[nodiscard]] const TreeNode& node() const { return tree_->nodes[index_]; }

    [[nodiscard]] const TreeNode& meant() const {
        return node().is_alias ? tree_->nodes[node().begin] : node();
    }

    const Tree* tree_;
    std::uint32_t index_;
};

// Takes the last entry of the last section out: where a text breaks off, it may be half there.
void drop_last_entry(Tree& tree);

}  // namespace envkeep::manifest
