// Written by scripts/aws-models.ts, from AWS's service models.

export const tagging = `

`;
