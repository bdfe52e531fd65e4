"""The encoder and the decoder of DETR: a row of tokens looks at itself, and queries look at the row."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from ..layers.linear import width_of
from ..registry import PARTS

NEVER = float("-inf")
"""The likeness of a token that nothing may look at."""


class MultiheadAttention(nn.Module):
    """Attention of queries [N, Q, C] to keys and values [N, L, C]: [N, Q, C].

    padding: bool [N, L, 1], true for tokens that nobody looks at; a row in which all are gives NaN. Source: Vaswani
    et al., NeurIPS 2017, section 3.2.2. Raises ValueError where `heads` do not divide `width`.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide {width} channels")
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.xavier_uniform_(self.project_in.weight)  # as one matrix (torch's and DETR's convention)
        nn.init.zeros_(self.project_in.bias)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor, padding: Tensor | None = None) -> Tensor:
        weights, biases = self.project_in.weight.chunk(3), self.project_in.bias.chunk(3)
        asked, offered, given = (
            torch.unflatten(nn.functional.linear(tokens, weight, bias), 2, (self.heads, -1)).transpose(1, 2)
            for tokens, weight, bias in zip((queries, keys, values), weights, biases, strict=True)
        )
        likeness = (asked * self.scale) @ offered.transpose(2, 3)
        if padding is not None:
            likeness = likeness.masked_fill(padding.transpose(1, 2)[:, None], NEVER)
        attended = self.dropout(likeness.softmax(3)) @ given
        projected: Tensor = self.project_out(attended.transpose(1, 2).flatten(2))
        return projected


class EncoderLayer(nn.Module):
    """Tokens [N, L, C] look at each other, then pass a perceptron; each is added, then normalised."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.attention = MultiheadAttention(width, heads, dropout)
        self.attention_norm = nn.LayerNorm(width)
        self.perceptron = Perceptron(width, hidden, dropout)
        self.perceptron_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, places: Tensor, padding: Tensor) -> Tensor:
        placed = tokens + places
        tokens = self.attention_norm(tokens + self.dropout(self.attention(placed, placed, tokens, padding)))
        normed: Tensor = self.perceptron_norm(tokens + self.dropout(self.perceptron(tokens)))
        return normed


class DecoderLayer(nn.Module):
    """Queries [N, Q, C] look at each other, then at the memory [N, L, C], then pass a perceptron."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.self_attention = MultiheadAttention(width, heads, dropout)
        self.self_attention_norm = nn.LayerNorm(width)
        self.cross_attention = MultiheadAttention(width, heads, dropout)
        self.cross_attention_norm = nn.LayerNorm(width)
        self.perceptron = Perceptron(width, hidden, dropout)
        self.perceptron_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, found: Tensor, queries: Tensor, memory: Tensor, placed: Tensor, padding: Tensor
    ) -> Tensor:
        asked = found + queries
        found = self.self_attention_norm(found + self.dropout(self.self_attention(asked, asked, found)))
        seen = self.cross_attention(found + queries, placed, memory, padding)
        found = self.cross_attention_norm(found + self.dropout(seen))
        normed: Tensor = self.perceptron_norm(found + self.dropout(self.perceptron(found)))
        return normed


class Perceptron(nn.Module):
    """Two linear layers with a ReLU between them, for each token by itself: [N, L, C] -> [N, L, C]."""

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.expand = nn.Linear(width, hidden)
        self.reduce = nn.Linear(hidden, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        reduced: Tensor = self.reduce(self.dropout(self.expand(tokens).relu()))
        return reduced


@PARTS.register_module()
class DetrTransformerEncoder(nn.Module):
    """Tokens [N, L, C], at places [N, L, C], seen together: the memory [N, L, C].

    Places are added to queries and keys in every layer, never to values. padding [N, L, 1], bool, is true for tokens
    that nobody looks at.

    layers, heads; hidden: channels of the perceptrons; dropout: share of what is left out in training.

    Source: DETR (Carion et al., ECCV 2020), appendix A.3, normalised after each addition; the name is MMTracking's.
    """

    def __init__(
        self,
        width: Annotated[int, width_of("tokens")],
        layers: int = 6,
        heads: int = 8,
        hidden: int = 2048,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(width, heads, hidden, dropout) for _ in range(layers))

    def forward(self, tokens: Tensor, places: Tensor, padding: Tensor) -> Tensor:
        for layer in self.layers:
            tokens = layer(tokens, places, padding)
        return tokens


@PARTS.register_module()
class DetrTransformerDecoder(nn.Module):
    """What learnt queries find in a memory [N, L, C]: [N, queries, C], normalised.

    What is found begins with zeros; the queries are added to it wherever it asks, as places [N, L, C] are to the
    memory's keys. padding and settings: as of DetrTransformerEncoder.

    Source: DETR (Carion et al., ECCV 2020), appendix A.3; the name is MMTracking's.
    """

    def __init__(
        self,
        width: Annotated[int, width_of("memory")],
        queries: int = 1,
        layers: int = 6,
        heads: int = 8,
        hidden: int = 2048,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(queries, width))
        self.layers = nn.ModuleList(DecoderLayer(width, heads, hidden, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, memory: Tensor, places: Tensor, padding: Tensor) -> Tensor:
        queries = self.queries.expand(memory.shape[0], -1, -1)
        found = torch.zeros_like(queries)
        for layer in self.layers:
            found = layer(found, queries, memory, memory + places, padding)
        normed: Tensor = self.norm(found)
        return normed
